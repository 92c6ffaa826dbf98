"""Trains the weights that ship with the package; not part of the package itself."""
