"""The pages of SMM."""
