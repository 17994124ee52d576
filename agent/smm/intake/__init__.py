"""What tablets send: taken in once for ever, and what it says about meters, orders and events."""
