"""Jobs in the store."""
