"""Finds the writing that a picture has burned in, and tells captions, tickers and signs apart."""
