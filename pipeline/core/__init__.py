"""Shelf: what every part shares. Data types, errors, control, threads, memory."""
