"""Probes and decodes media files; the only package that knows how a file stores its streams."""
