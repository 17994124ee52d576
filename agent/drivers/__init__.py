"""Carries a procedure to a meter over a link: one file for each protocol; `choose` picks and builds the driver."""
