"""Claims jobs, runs them, and deletes what has expired.

Import its modules by name; nothing is re-exported here.
"""
