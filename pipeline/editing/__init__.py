"""Shelf: what is left of a clip once pauses and fillers go, and all of it on one clock."""
