"""The COSEM wrapper for TCP (IEC 62056-47:2006), both ends, and the header of a gateway before an APDU."""
