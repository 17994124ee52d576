"""Meters from a list (CSV or Excel): read, checked line by line, and imported as a whole or not at all."""
