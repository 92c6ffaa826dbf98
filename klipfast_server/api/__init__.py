"""HTTP: middleware, parsing, handlers, OpenAPI.

Import its modules by name; nothing is re-exported here.
"""
