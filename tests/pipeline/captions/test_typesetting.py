"""Text of any script is set in its order, inside the safe area."""

from dataclasses import replace

import numpy as np
import pytest
from caption_words import DRAWN, SCRIPTS, said

from pipeline.captions.grouping import group
from pipeline.captions.safe_areas import SafeArea
from pipeline.captions.style import load_style
from pipeline.captions.text_shaping import visual_order
from pipeline.captions.typesetting import Typesetter
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


@pytest.mark.parametrize("size", [(1080, 1920), (1920, 1080)])
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
        for centre in (0.0, 0.7 * size[1], float(size[1])):
            for tile in typesetter.draw(longest, centre):
                rows, columns = np.nonzero(tile.rgba[..., 3])
                assert len(rows) > 100, text
                assert tile.x + columns.min() >= safe.left, text
                assert tile.x + columns.max() < safe.right, text
                assert tile.y + rows.min() >= safe.top, text
                assert tile.y + rows.max() < safe.bottom, text


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
        for tile in typesetter.draw(all_key, 1344.0):
            assert tile.x >= typesetter.safe.left
            assert tile.x + tile.rgba.shape[1] <= typesetter.safe.right + 2
