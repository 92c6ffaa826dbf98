"""Every body, query, response and message as a type: validation and documentation.

Import its modules by name; nothing is re-exported here.
"""
