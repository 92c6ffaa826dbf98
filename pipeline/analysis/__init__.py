"""Features of each sentence: lexical cues, salience, topic boundaries, laughter, prosody.

Import its modules by name; nothing is re-exported here.
"""
