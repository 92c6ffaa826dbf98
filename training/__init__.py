"""How the weights that come with the package are made; not part of it."""
