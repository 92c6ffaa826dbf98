"""Shelf: stored files, in a folder or a bucket, and resumable uploads."""
