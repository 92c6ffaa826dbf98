"""Model weights: where they come from, and the networks loaded from them once.

Import its modules by name; nothing is re-exported here.
"""
