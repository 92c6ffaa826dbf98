"""Shelf: logs, metrics, liveness."""
