"""What is written over the picture: its lines, placement and look.

Import its modules by name; nothing is re-exported here.
"""
