"""Shelf: claims jobs, drives them, clears away."""
