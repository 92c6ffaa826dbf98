"""A quotation as a picture: it fits, it can be read on a phone, and it is in its style."""

from functools import cache

import numpy as np
import numpy.typing as npt
import pytest
import skia

from pipeline.captions.quote_card import MARGIN, SQUARE, draw_quote_card
from pipeline.captions.styles.colors import luminance, rgb
from pipeline.captions.styles.style import UnknownStyle, load_style, style_names
from pipeline.core.texts import Quotation

SIZES = (540, 676), (540, 540)  # half of UPRIGHT and SQUARE: all is set in shares of the card
PHONE_WIDTH = 400  # pixels, of a card in a feed
MIN_LETTER_PHONE = 15  # pixels, of a line on a phone
GROUND_LIGHT = 0.06  # relative luminance above which a pixel is no ground

LATIN = "You count when you clean, there's nothing else to do."
LONG = (
    "Most people take 30 seconds and then there's one who wants a cake with a horse on it, and "
    "then it's six minutes, whatever the baker does or says."
)
TEXTS = {
    "short": ("Stop now.", "en"),
    "Latin": (LATIN, "en"),
    "140 characters": (LONG[:140], "en"),
    "German": ("Ein Bundesausbildungsförderungsgesetz versteht niemand beim ersten Lesen.", "de"),
    "Arabic": ("ابدأ بالأشياء الصغيرة، فالنجاح لا يأتي دفعة واحدة بل يبنى يوما بعد يوم.", "ar"),
    "Japanese": ("何時に誰が来るか、三週間、ノートにつけました。", "ja"),
}


@cache
def drawn(
    text: str, language: str = "en", author: str = "Ada", style: str = "podcast", size: int = 0
) -> npt.NDArray[np.uint8]:
    quotation = Quotation(text=text, author=author, language=language)
    png = draw_quote_card(quotation, style=style, size=SIZES[size])
    image = skia.Image.MakeFromEncoded(skia.Data(png))
    return np.asarray(image.toarray(colorType=skia.kRGBA_8888_ColorType), np.uint8)


def ink(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    return np.asarray(luminance(picture[..., :3]) > GROUND_LIGHT)


def runs(picture: npt.NDArray[np.uint8]) -> list[tuple[int, int]]:
    """First row and the row after the last of each group of rows with ink."""
    rows = np.asarray(ink(picture).any(axis=1))
    edges = np.flatnonzero(np.diff(np.concatenate([[0], rows.astype(np.int8), [0]])))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


@pytest.mark.parametrize("size", [0, 1])
@pytest.mark.parametrize("name", TEXTS)
def test_a_text_stays_inside_the_margins(name: str, size: int) -> None:
    picture = drawn(*TEXTS[name], size=size)
    assert picture.shape[:2] == SIZES[size][::-1]
    assert (picture[..., 3] == 255).all()
    found = ink(picture)
    columns, rows = np.flatnonzero(found.any(axis=0)), np.flatnonzero(found.any(axis=1))
    edge = 0.8 * MARGIN * picture.shape[1]
    assert edge < columns[0] < columns[-1] < picture.shape[1] - edge
    assert edge < rows[0] < rows[-1] < picture.shape[0] - edge
    middle = (rows[0] + rows[-1]) / 2
    assert abs(middle - picture.shape[0] / 2) < 0.06 * picture.shape[0]


@pytest.mark.parametrize("name", TEXTS)
def test_letters_are_large_enough_for_a_phone(name: str) -> None:
    picture = drawn(*TEXTS[name], author="")
    lines = runs(picture)
    tallest = max(b - a for a, b in lines) * PHONE_WIDTH / picture.shape[1]
    assert tallest >= MIN_LETTER_PHONE


def test_a_longer_text_has_smaller_letters_and_covers_more() -> None:
    short, long = (runs(drawn(text, author="")) for text in (LATIN, LONG[:140]))
    assert len(long) > len(short)
    assert max(b - a for a, b in long) < max(b - a for a, b in short)
    assert long[-1][1] - long[0][0] > short[-1][1] - short[0][0]


@pytest.mark.parametrize("style", style_names())
def test_each_style_is_seen_on_the_card(style: str) -> None:
    picture = drawn(LATIN, style=style)
    bright = luminance(picture[..., :3])
    ground = float(np.median(bright))
    assert (float(np.percentile(bright, 99.5)) + 0.05) / (ground + 0.05) > 4.5


def test_the_name_is_below_the_text_in_the_accent_of_the_style() -> None:
    picture, without = drawn(LATIN), drawn(LATIN, author="")
    accent = rgb(load_style("podcast").colour.spoken)
    at = np.flatnonzero((picture[..., :3] == accent).all(axis=2).any(axis=1))
    last_line = np.flatnonzero(ink(without).any(axis=1))[-1]
    assert at.size > 0
    assert at[0] > 0.5 * picture.shape[0]
    assert not (without[..., :3] == accent).all(axis=2).any()
    assert last_line > 0.4 * picture.shape[0]


@pytest.mark.parametrize(
    ("language", "other"), [("de", "en"), ("fr", "en"), ("ja", "en"), ("ru", "en")]
)
def test_the_marks_are_those_of_the_language(language: str, other: str) -> None:
    assert not np.array_equal(drawn("Ein Satz.", language), drawn("Ein Satz.", other))


def test_the_same_quotation_is_the_same_picture() -> None:
    quotation = Quotation(text=LATIN, author="Ada", language="en")
    one, other = (draw_quote_card(quotation, style="neon", size=SQUARE) for _ in range(2))
    assert one == other
    assert skia.Image.MakeFromEncoded(skia.Data(one)).dimensions() == SQUARE


@pytest.mark.parametrize("text", ["", "  \n ", "\u200b"])
def test_nothing_is_no_card(text: str) -> None:
    with pytest.raises(ValueError, match="without letters"):
        draw_quote_card(Quotation(text=text), style="podcast")


def test_an_unknown_style_is_told() -> None:
    with pytest.raises(UnknownStyle):
        draw_quote_card(Quotation(text=LATIN), style="fancy")
