"""The form in which words are compared."""

from transformers.models.whisper.english_normalizer import BasicTextNormalizer

NORMAL = BasicTextNormalizer()
