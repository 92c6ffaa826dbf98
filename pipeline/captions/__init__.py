"""Shelf: text over the picture: what it is, where it is placed, and how it looks."""
