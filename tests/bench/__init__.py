"""How fast the engine is, always as a ratio to somebody else in the same run: `python3 -m tests.bench`."""
