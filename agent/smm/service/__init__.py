"""The service itself: its processes and its daily upkeep."""
