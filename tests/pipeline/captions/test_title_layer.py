"""The title over a clip's first seconds: readable, off the faces, out of the captions' way."""

import unicodedata
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from films import frames_of, plain, speech_like, write_film
from hypothesis import given
from hypothesis import strategies as st
from measured_text import INVISIBLE, Bounded
from rendered_clips import rendered
from shots import cropped
from upright_clips import upright

from pipeline.captions.caption_layer import Captions, Speech
from pipeline.captions.drawing.blending import Stamp
from pipeline.captions.layout.grouping import MAX_WORD_WIDTHS
from pipeline.captions.layout.safe_areas import SafeArea
from pipeline.captions.layout.text_placement import Places
from pipeline.captions.styles.style import load_style
from pipeline.captions.title_layer import (
    TITLE_DURATION_S,
    Headline,
    block_of,
    styled_case,
    tears_phrase,
    wrap,
)
from pipeline.core.data import (
    Box,
    Options,
    Span,
    Word,
)
from pipeline.language.writing_systems import is_visible

SIZE = (1080, 1920)
TITLE = "The day that I learned to mend a broken radio"
SAID = [
    Word(text=word, start_s=n * 0.4, end_s=n * 0.4 + 0.35, probability=1.0)
    for n, word in enumerate(["these", "words", "are", "said", "while", "the", "title", "stands"])
]


def places(*faces: Box) -> Places:
    return Places(*upright(*faces))


def headline(over: Places, style: str = "white_bold", title: str = TITLE) -> Headline:
    return Headline(title, style=style, size=SIZE, shown=(0.0, TITLE_DURATION_S), places=over)


def rows(stamp: Stamp | None) -> tuple[int, int]:
    """First and last row of the picture that a stamp touches."""
    assert stamp is not None
    return stamp.y, stamp.y + stamp.added[0].shape[0]


@pytest.mark.parametrize("top", [160, 260, 360, 500, 800, 1100])
@pytest.mark.parametrize("tall", [300, 520])
def test_the_title_keeps_off_a_face_and_captions_off_both(top: int, tall: int) -> None:
    over = places(Box(x=300, y=top, w=480, h=tall))
    title = headline(over)
    first, last = rows(title.at(1.0))
    assert last <= top or first >= top + tall
    captions = Captions(
        Speech(SAID, Span(start_s=0.0, end_s=9.0)), size=SIZE, style="white_bold", places=over
    )
    for n in range(30):
        if (stamp := captions.at(n / 10)) is not None:
            upper, lower = rows(stamp)
            assert lower <= first or upper >= last


def test_the_title_stands_at_the_top_of_the_safe_area_where_no_face_is() -> None:
    first, _ = rows(headline(places()).at(0.0))
    assert first == pytest.approx(SafeArea.of(*SIZE).top, abs=30)


def test_the_title_is_there_from_the_first_picture_and_fades_after_its_time() -> None:
    title = headline(places())
    assert title.at(0.0) is not None
    late, full = title.at(TITLE_DURATION_S - 0.1), title.at(1.0)
    assert late is not None
    assert full is not None
    middle = full.kept[0].shape[0] // 2, 60
    assert int(full.kept[0][middle]) < int(late.kept[0][middle]) < 256
    assert title.at(TITLE_DURATION_S) is None


def test_a_clip_without_a_title_has_none_over_it() -> None:
    assert headline(places(), title="  ").at(0.5) is None


@given(
    words=st.lists(st.text("abcdefghij", min_size=1, max_size=14), min_size=1, max_size=12),
    width=st.floats(5.0, 60.0),
)
def test_lines_keep_every_word_and_are_three_at_most(words: list[str], width: float) -> None:
    lines = wrap(" ".join(words), width, lambda text: float(len(text)))
    written = [word for line in lines for word in line.split()]
    assert "".join(written) == "".join(words)
    if max(map(len, words)) <= MAX_WORD_WIDTHS * width:  # what is longer cannot be read in one line
        assert written == words
    assert len(lines) <= 3
    if len(" ".join(words)) <= width:
        assert len(lines) == 1


@given(title=st.text(max_size=200), widths=st.lists(st.floats(0, 1e4), min_size=1), data=st.data())
def test_wrapping_ends_by_whatever_letters_measure(
    title: str, widths: list[float], data: st.DataObject
) -> None:
    measure = Bounded(
        lambda text: sum(widths[ord(c) % len(widths)] for c in text), 50_000
    )  # 200 letters, each too wide: 20,100
    lines = wrap(title, data.draw(st.floats(1.0, 1e3)), measure)
    assert len(lines) <= 3
    assert not lines or is_visible("".join(lines))


@pytest.mark.parametrize("title", INVISIBLE, ids=ascii)
def test_a_title_without_anything_to_see_is_not_drawn(title: str) -> None:
    assert headline(places(), title=title).at(0.5) is None


@pytest.mark.parametrize("title", ["…", "🙂", "١", "a\u0301", "\u200bx", "中"], ids=ascii)
def test_a_title_of_one_sign_is_drawn(title: str) -> None:
    assert headline(places(), title=title).at(0.5) is not None


def test_lines_are_about_evenly_long() -> None:
    lines = wrap(TITLE, 40.0, lambda text: float(len(text)))
    assert lines == ["The day that I learned", "to mend a broken radio"]


def test_scripts_without_spaces_break_between_letters_but_not_before_a_small_one() -> None:
    lines = wrap("きょうはラジオのなおしかたをまなんだひでした", 12.0, lambda t: float(len(t)))
    assert len(lines) == 2
    assert "".join(lines) == "きょうはラジオのなおしかたをまなんだひでした"
    assert not any(line[0] in "ょっゃー" for line in lines)


def test_japanese_phrases_stay_whole_where_one_line_more_allows_it() -> None:
    title = "会社を始める前に知っておきたかった時間とお金の話"
    assert wrap(title, 13.0, lambda text: float(len(text))) == [
        "会社を始める前に",
        "知っておきたかった",
        "時間とお金の話",
    ]
    assert len(wrap(title, 13.0, lambda text: float(len(text)), max_lines=2)) == 2


@pytest.mark.parametrize(
    ("lines", "torn"),
    [
        (["会社を始める", "前に知る"], False),
        (["会社を始", "める前に知る"], True),
        (["人工智能的", "未来"], False),  # one phrase, too wide for any line
        (["会社を始", "める人工智能的未来"], False),  # one of the phrases is
        (["We wrote a", "letter"], False),
    ],
)
def test_a_torn_phrase_is_told_unless_it_fits_no_line(lines: list[str], torn: bool) -> None:
    assert tears_phrase(lines, 6.0, lambda text: float(len(text))) == torn


def bright(picture: npt.NDArray[np.uint8]) -> float:
    """Share of the upper half that is nearly white."""
    return float((picture[: len(picture) // 2].min(axis=2) > 220).mean())


@pytest.mark.parametrize("style", [pytest.param("none", marks=pytest.mark.slow), "karaoke"])
def test_a_clip_begins_with_its_title_and_its_clean_file_has_none(
    style: str, tmp_path: Path
) -> None:
    film = write_film(tmp_path / "f.mp4", [plain((90, 90, 90))] * 125, sound=speech_like(5.0))
    options = Options(quality="fast", caption_style=style, hook_title=True, clean_video=True)
    whole = cropped("fit", Box(x=0, y=0, w=320, h=180), size=(360, 640))
    make = partial(rendered, film, start_s=0.4, style=style, title=TITLE, crop_path=whole)
    clip = make(tmp_path / "c", end_s=4.8, options=options)
    seen = [t for t, picture in frames_of(clip.path) if bright(picture) > 0.02]
    assert seen[0] == 0.0
    assert seen[-1] == pytest.approx(TITLE_DURATION_S - 0.1, abs=0.13)
    assert len(seen) == pytest.approx(TITLE_DURATION_S * 25, abs=6)
    assert clip.clean is not None
    assert max(bright(picture) for _, picture in frames_of(clip.clean)) == 0.0
    ((_, cover),) = frames_of(clip.thumbnails[0])
    assert bright(cover) > 0.02
    untitled = make(tmp_path / "u", end_s=1.2)
    assert max(bright(picture) for _, picture in frames_of(untitled.path)) == 0.0
    ((_, cover),) = frames_of(untitled.thumbnails[0])
    assert bright(cover) > 0.02  # a picture that stands for the clip says what it is about


def test_a_greek_title_in_capitals_has_no_accents() -> None:
    title = "Η νεράιδα ή το ρολόι"
    assert styled_case(title, load_style("white_bold")) == "Η ΝΕΡΑΪΔΑ Ή ΤΟ ΡΟΛΟΪ"
    assert styled_case(title, load_style("boxed")) == title


@pytest.mark.parametrize("width", range(8, 30, 3))
def test_a_thai_title_breaks_between_letters_not_within_them(width: int) -> None:
    title = "สวัสดีครับวันนี้เราจะมาคุยกันเรื่องเทคโนโลยีใหม่ที่น่าสนใจมากสำหรับทุกคน"
    lines = wrap(title, float(width), lambda text: float(len(text)))
    assert len(lines) > 1
    assert "".join(lines) == title
    for line in lines:
        assert unicodedata.category(line[0]) == "Lo"  # not a mark
        assert line[0] not in "ะาำๆ"
        assert line[-1] not in "เแโใไ"


def test_a_title_runs_as_most_of_its_words() -> None:
    assert not block_of(["we say", "مرحبا"]).right_to_left
    assert block_of(["iPhone الجديد رائع"]).right_to_left
