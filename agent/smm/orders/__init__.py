"""Work orders: created, claimed by tablets, cancelled, ended by what comes in, decided by a person."""
