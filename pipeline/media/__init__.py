"""Probes and decodes media files; the only package that knows how a file stores its streams.

Import its modules by name; nothing is re-exported here.
"""
