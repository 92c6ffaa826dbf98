"""Shelf: what is known of each sentence. Cues, salience, topics, laughter, prosody."""
