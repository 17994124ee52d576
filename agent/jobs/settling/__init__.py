"""How a job ends: the outcome, the journal's last step and the envelope, written in one transaction."""
