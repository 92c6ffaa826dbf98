"""Text of any script is set in its order, inside the safe area."""

from dataclasses import replace

import numpy as np
import pytest
from caption_words import DRAWN, SCRIPTS, said

from pipeline.captions.drawing.typesetting import Typesetter
from pipeline.captions.layout.grouping import group
from pipeline.captions.layout.safe_areas import SafeArea
from pipeline.captions.layout.text_shaping import visual_order
from pipeline.captions.styles.style import load_style
from pipeline.language.writing_systems import join_words


def test_right_to_left_lines_are_read_from_the_right() -> None:
    assert visual_order(["one", "two", "three"], right_to_left=False) == [0, 1, 2]
    assert visual_order(["مرحبا", "بكم", "هنا"], right_to_left=True) == [2, 1, 0]
    # a foreign name inside keeps its own order, also at the beginning of a line
    arabic = ["عن", "iPhone", "Pro", "الجديد"]
    assert visual_order(arabic, right_to_left=True) == [3, 1, 2, 0]
    assert visual_order(arabic[1:], right_to_left=True) == [2, 0, 1]
    english = ["we", "say", "مرحبا", "بكم", "here"]
    assert visual_order(english, right_to_left=False) == [0, 1, 3, 2, 4]


@pytest.mark.parametrize("size", [(540, 960), (960, 540)])
@pytest.mark.parametrize("style", DRAWN)
def test_text_in_any_script_lies_inside_the_safe_area(style: str, size: tuple[int, int]) -> None:
    typesetter = Typesetter(load_style(style), *size)
    safe = SafeArea.of(*size)
    for text in SCRIPTS.values():
        groups = group(
            said(text), typesetter.style, width=typesetter.text_width, measure=typesetter.measure
        )
        longest = max(
            groups, key=lambda g: typesetter.measure(join_words([w.text for w in g.words]))
        )
        for center in (0.0, 0.7 * size[1], float(size[1])):
            for n in range(len(longest.words)):
                tile = typesetter.draw_pose(longest, center, n)
                drawn = tile.rgba[..., 3] > 0
                rows, columns = (np.flatnonzero(drawn.any(axis=n)) for n in (1, 0))
                assert drawn.sum() > 25, text
                assert tile.x + columns[0] >= safe.left, text
                assert tile.x + columns[-1] < safe.right, text
                assert tile.y + rows[0] >= safe.top, text
                assert tile.y + rows[-1] < safe.bottom, text


def test_upright_video_leaves_room_for_the_apps_buttons() -> None:
    safe = SafeArea.of(1080, 1920)
    assert safe.right <= 1080 * 0.89 + 1
    assert safe.top >= 1920 * 0.08 - 1
    assert safe.bottom <= 1920 * 0.80 + 1


def test_larger_words_stay_inside_the_safe_area() -> None:
    look = load_style("white_bold")
    typesetter = Typesetter(look, 1080, 1920)
    words = said("Wisconsinwisconsinwisconsin Pennsylvaniapennsylvania x 2,000,000,000,000,000,000")
    for g in group(words, look, width=typesetter.text_width, measure=typesetter.measure):
        all_key = replace(g, key=frozenset(range(len(g.words))))
        for n in range(len(g.words)):
            tile = typesetter.draw_pose(all_key, 1344.0, n)
            assert tile.x >= typesetter.safe.left
            assert tile.x + tile.rgba.shape[1] <= typesetter.safe.right + 2


def ink(text: str, style: str = "boxed", language: str = "", backwards: bool = False) -> np.ndarray:
    """Where the letters of one word, in a line of that direction, are opaque: (h, w)."""
    look = replace(load_style(style), box=None, word_box=None)
    typesetter = Typesetter(look, 1080, 1920, language=language)
    (g,) = group(said(text), look, width=2000, measure=typesetter.measure)
    tile = typesetter.draw_pose(replace(g, right_to_left=backwards), 1344.0)
    opaque = tile.rgba[..., 3] > 128
    rows, columns = np.flatnonzero(opaque.any(axis=1)), np.flatnonzero(opaque.any(axis=0))
    return opaque[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


@pytest.mark.parametrize("text", ["2020،", "iPhone.", "مرحبا."])
@pytest.mark.parametrize("backwards", [False, True])
def test_a_mark_at_the_end_stands_where_the_line_goes_on(text: str, backwards: bool) -> None:
    drawn = ink(text, backwards=backwards)
    ends = drawn[:, :6].any(axis=1).mean(), drawn[:, -6:].any(axis=1).mean()
    assert (ends[0] < ends[1]) == backwards  # the mark is lower than a letter


def test_all_lines_of_a_clip_run_as_most_of_its_words() -> None:
    look = load_style("boxed")
    arabic = said("صدر iPhone الجديد اليوم. iPhone Pro رائع جدا حقا. iPhone")
    for words, backwards in ((arabic, True), (said("we say مرحبا here. مرحبا"), False)):
        groups = group(words, look, width=840.0, measure=lambda text: 30.0 * len(text))
        assert len(groups) > 1
        assert {g.right_to_left for g in groups} == {backwards}


def test_ideographs_have_the_shapes_of_the_language() -> None:
    japanese, chinese = ink("直", language="ja"), ink("直", language="zh")
    assert japanese.shape != chinese.shape or (japanese != chinese).mean() > 0.02


def test_emoji_stay_round_where_letters_are_condensed() -> None:
    assert load_style("headline").text.stretch < 0.9
    height, width = ink("🙂", "headline").shape
    assert width / height == pytest.approx(1.0, abs=0.1)
