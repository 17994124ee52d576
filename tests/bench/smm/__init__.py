"""How fast the central system is, on PostgreSQL on this machine."""
