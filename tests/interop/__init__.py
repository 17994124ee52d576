"""Against meters and clients by other makers: separate processes, each in an environment of its own."""
