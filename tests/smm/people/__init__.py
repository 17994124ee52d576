"""Who is let in to SMM, and what they may do."""
