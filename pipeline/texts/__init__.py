"""Writes the thread, the post and the article.

Other packages use the names below.
"""

from pipeline.texts.generation.author import Author
from pipeline.texts.writer import write_texts

__all__ = ["Author", "write_texts"]
