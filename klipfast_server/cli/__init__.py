"""Shelf: the command `klipfast`, for users, and `klipfast-server`, for operators of a server."""
