"""Security of DLMS/COSEM (IEC 62056-5-3:2017, clause 5): protected APDUs, HLS, key agreement, signatures.

`cryptography` is imported on first use, not before.
"""
