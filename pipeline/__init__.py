"""Talks to clips."""
from pipeline import threads as threads
