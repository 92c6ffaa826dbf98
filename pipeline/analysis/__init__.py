"""Features of each sentence: lexical cues, moments, topic boundaries, laughter, prosody.

Import its modules by name; nothing is re-exported here.
"""
