"""Outgoing HTTP behind the address guard.

Import its modules by name; nothing is re-exported here.
"""
