"""Logs, metrics, liveness.

Import its modules by name; nothing is re-exported here.
"""
