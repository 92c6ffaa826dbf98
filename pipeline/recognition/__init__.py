"""Speech recognition: turns samples into words with times (VAD, Whisper, decoding, word timing).

Import its modules by name; nothing is re-exported here.
"""
