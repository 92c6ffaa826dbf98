"""Shelf: bytes at rest, in a folder or a bucket, and resumable uploads."""
