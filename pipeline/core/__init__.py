"""What every package shares: data types, errors, control, threads, memory, statistics."""
