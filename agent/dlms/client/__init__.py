"""The client's role: one session with one meter, from connecting to disconnecting."""
