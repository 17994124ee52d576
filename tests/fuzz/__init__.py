"""Coverage-guided fuzzing of every decoder: our own small fuzzer, which needs nothing but Python."""
