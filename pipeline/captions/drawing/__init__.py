"""Draws words and moves them."""
