"""Security of DLMS/COSEM (IEC 62056-5-3, clause 5): ciphered APDUs, HLS, key agreement, signatures.

`cryptography` is loaded when something is ciphered for the first time, not before.
"""
