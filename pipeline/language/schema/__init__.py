"""What a language's file may hold: a dataclass for the file, and one for each of its sections.

The fields are the keys; docs/design/languages.md explains them. Import the modules by name.
"""
