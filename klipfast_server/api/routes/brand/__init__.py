"""Brands and their files."""
