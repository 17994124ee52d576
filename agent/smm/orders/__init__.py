"""Work orders: made, claimed by tablets, cancelled, ended by what comes in, decided by a person."""
