"""Shelf: what is written over the picture, where, and how it looks."""
