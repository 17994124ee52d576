"""What tablets send, taken in once."""
