"""Letters shaped in several threads, which share the fonts."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import product

import numpy as np
import pytest
import skia
from numpy.typing import NDArray

from pipeline.captions.layout.text_shaping import Letters, paragraph

TEXTS = ("Hello, world", "日本語の字幕", "שלום עולם", "مرحبا بالعالم", "สวัสดีชาวโลก", "🎉 naïve ﬁn")
SIZES = (24.0, 61.0, 88.0)
THREADS, ROUNDS = 6, 12

Ink = Callable[[tuple[str, float]], NDArray[np.uint8]]


@pytest.fixture
def ink() -> Ink:
    """Draw a text of a size on a small canvas."""

    def draw(wanted: tuple[str, float]) -> NDArray[np.uint8]:
        text, size = wanted
        look = Letters(("Montserrat", "Noto Sans"), weight=800, size=size, letter_spacing=0.01)
        surface = skia.Surface(900, 160)
        paragraph(text, look, skia.Paint()).paint(surface.getCanvas(), 4.0, 4.0)
        return np.array(surface.toarray())

    return draw


def test_threads_that_share_the_fonts_draw_what_one_draws_alone(ink: Ink) -> None:
    wanted = list(product(TEXTS, SIZES))
    alone = {each: ink(each) for each in wanted}
    assert all(picture[..., 3].any() for picture in alone.values())
    with ThreadPoolExecutor(THREADS) as threads:
        drawn = list(threads.map(ink, wanted * ROUNDS))
    for each, picture in zip(wanted * ROUNDS, drawn, strict=True):
        np.testing.assert_array_equal(picture, alone[each])
