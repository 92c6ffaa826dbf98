"""Shelf: settings, errors, ids, signing, and the pipeline as the server sees it."""
