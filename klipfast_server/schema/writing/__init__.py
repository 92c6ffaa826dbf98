"""Texts that are written from talks."""
