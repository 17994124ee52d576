"""COSEM data as octets: every data type, compact arrays included (A-XDR, IEC 61334-6:2000)."""
