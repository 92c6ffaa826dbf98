"""What every package shares: data types, errors, control, threads, memory, statistics.

Import its modules by name; nothing is re-exported here.
"""
