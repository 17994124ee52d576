"""The server's role: a meter's side of a session, for simulated meters."""
