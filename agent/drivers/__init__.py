"""Carries a procedure to a meter over a link: one file for each protocol, and `choose` puts a driver together."""
