"""Text processing without arrays: lexicons, sentences, fillers, profanity, writing systems.

Import its modules by name; nothing is re-exported here.
"""
