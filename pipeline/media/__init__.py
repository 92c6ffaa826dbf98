"""Opens, times and decodes files; nothing else knows how a file stores its streams.

Import its modules by name; nothing is re-exported here.
"""
