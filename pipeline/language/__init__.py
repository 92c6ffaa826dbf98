"""Shelf: strings in, strings out. Lexicons, sentences, fillers, writing systems; no arrays."""
