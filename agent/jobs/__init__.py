"""The job engine: takes the probe, drives a procedure over it, and settles the outcome in the store."""
