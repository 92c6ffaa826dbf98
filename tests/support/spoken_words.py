"""The normalizer for comparing words."""

from transformers.models.whisper.english_normalizer import BasicTextNormalizer

NORMAL = BasicTextNormalizer()
