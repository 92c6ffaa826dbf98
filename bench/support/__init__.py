"""What the benchmarks share; nothing here is a command."""
