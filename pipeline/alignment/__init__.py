"""Align the caller's own transcript with the sound.

Import its modules by name; nothing is re-exported here.
"""
