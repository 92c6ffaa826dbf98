"""Storage in a folder or bucket, and uploads.

Import its modules by name; nothing is re-exported here.
"""
