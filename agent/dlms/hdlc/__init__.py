"""HDLC as the COSEM data link layer (IEC 62056-46:2002+A1:2006): frames, addresses, both ends of a connection."""
