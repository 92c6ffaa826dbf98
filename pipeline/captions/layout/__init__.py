"""Which words stand together, how long, and where."""
