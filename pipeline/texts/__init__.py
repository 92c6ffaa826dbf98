"""Organ: thread, post and article."""

from pipeline.texts.prompts import Author
from pipeline.texts.writer import write_texts

__all__ = ["Author", "write_texts"]
