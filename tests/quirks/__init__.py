"""Visits to meters with quirks, in memory and in virtual time, and what they may end with."""
