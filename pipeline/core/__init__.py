"""Data types, errors, control, threads and memory, shared by every part.

Import its modules by name; nothing is re-exported here.
"""
