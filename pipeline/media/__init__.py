"""Shelf: opens, times and decodes files; only this part knows how a file stores things."""
