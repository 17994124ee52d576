"""The server's role, for simulated meters: one client's session with a logical device."""
