"""Shelf: every body, query, response and message as a type: validation and documentation."""
