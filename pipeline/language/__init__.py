"""Text without arrays: sentences, fillers, writing systems, and one data file per language.

Import its modules by name; nothing is re-exported here.
"""
