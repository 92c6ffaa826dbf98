"""Shelf: the command line, `python -m pipeline`."""
