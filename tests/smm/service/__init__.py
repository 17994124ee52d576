"""SMM's processes."""
