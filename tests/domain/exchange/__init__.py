"""Messages between tablet and SMM."""
