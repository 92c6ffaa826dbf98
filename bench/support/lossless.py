"""Makes the product's encoder lossless, to compare what it loses otherwise."""

from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.core.data import Quality
from pipeline.rendering import encoder

LOSSLESS = ("ultrafast", 0)  # preset, CRF


@contextmanager
def lossless(quality: Quality) -> Iterator[None]:
    """Make this quality lossless within the context."""
    before = encoder.X264[quality]
    encoder.X264[quality] = LOSSLESS
    try:
        yield
    finally:
        encoder.X264[quality] = before
