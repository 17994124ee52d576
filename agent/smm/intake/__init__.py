"""What tablets send: each envelope is taken in once, and updates meters, orders and the feed of events."""
