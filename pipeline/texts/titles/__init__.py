"""Titles of articles and chapters, and the terms that they are made of."""
