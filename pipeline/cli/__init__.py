"""The command line of the pipeline, `python -m pipeline`.

Import its modules by name; nothing is re-exported here.
"""
