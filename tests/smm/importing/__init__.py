"""Meters from a list."""
