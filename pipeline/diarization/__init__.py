"""Speaker diarization: labels each word with its speaker.

Import its modules by name; nothing is re-exported here.
"""
