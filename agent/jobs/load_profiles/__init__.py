"""Load profiles in the job engine: rows are kept while they come in, and a lost link loses none of them."""
