"""Code that the benchmarks share; no module here is a command."""
