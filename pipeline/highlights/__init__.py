"""Chooses the spans worth a clip, scores them and names them.

Import its modules by name; nothing is re-exported here.
"""
