"""Text processing without arrays: lexicons, sentences, fillers, profanity, writing systems."""
