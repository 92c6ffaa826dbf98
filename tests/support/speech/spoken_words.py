"""The normalizer for comparing words."""

from functools import cache
from typing import Any


def normal(text: str) -> str:
    """Return a text in lower case without its marks."""
    return str(_normalizer()(text)).strip()


@cache
def _normalizer() -> Any:
    # transformers takes seconds to import, and not every test that imports this is run
    from transformers.models.whisper.english_normalizer import BasicTextNormalizer

    return BasicTextNormalizer()
