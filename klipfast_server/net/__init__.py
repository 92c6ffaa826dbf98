"""Shelf: access to the internet, behind the address guard."""
