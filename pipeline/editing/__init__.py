"""Removes pauses and fillers, and maps everything to the clip's clock.

Import its modules by name; nothing is re-exported here.
"""
