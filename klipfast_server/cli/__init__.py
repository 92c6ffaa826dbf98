"""The commands `klipfast`, for users, and `klipfast-server`, for operators.

Import its modules by name; nothing is re-exported here.
"""
