"""HDLC as the COSEM link layer (IEC 62056-46): frames, addresses, and both ends of a connection."""
