"""Handlers: decode, one call, encode."""
