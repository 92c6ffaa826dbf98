"""Shelf: the world outside, behind the address guard."""
