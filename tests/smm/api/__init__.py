"""SMM as tablets and other systems call it."""
