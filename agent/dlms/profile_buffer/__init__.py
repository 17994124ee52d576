"""The buffer of a profile generic as rows: decoded while its octets arrive, compression undone (class 7)."""
