"""Postgres: one function per query, one transaction per change.

Import its modules by name; nothing is re-exported here.
"""
