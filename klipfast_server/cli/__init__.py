"""Shelf: the commands `klipfast`, for users, and `klipfast-server`, for who runs a server."""
