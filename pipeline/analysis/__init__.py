"""Features of each sentence: lexical cues, salience, topic boundaries, laughter, prosody."""
