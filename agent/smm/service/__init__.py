"""The service itself: its processes, and what is done now and then."""
