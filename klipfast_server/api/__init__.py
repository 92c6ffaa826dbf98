"""Shelf: HTTP in. Middleware, parsing, handlers, OpenAPI."""
