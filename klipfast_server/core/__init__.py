"""Settings, errors, IDs, signing, tasks, and the pipeline as the server sees it.

Import its modules by name; nothing is re-exported here.
"""
