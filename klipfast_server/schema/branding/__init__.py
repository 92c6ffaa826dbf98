"""Brands and their caption styles."""
