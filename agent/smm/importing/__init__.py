"""Meters from a list (CSV or Excel): read, looked through line by line, and taken in as a whole or not at all."""
