"""Where a cut falls that somebody makes in a clip by its words."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.data import Span, Word
from pipeline.editing import word_cuts
from pipeline.editing.clip_edit import middle_s

CLIP = Span(start_s=0.0, end_s=10.0)


def said(*times: tuple[float, float]) -> list[Word]:
    return [Word(text="word", start_s=a, end_s=b, probability=1.0) for a, b in times]


def placed(words: Sequence[Word], *cuts: tuple[float, float]) -> list[tuple[float, float]]:
    spans = [Span(start_s=a, end_s=b) for a, b in cuts]
    found = word_cuts.place(spans, words, CLIP)
    return [(round(cut.start_s, 3), round(cut.end_s, 3)) for cut in found]


SPACED = said((1, 2), (3, 4), (5, 6), (7, 8))
CLOSE = said((1, 2), (2, 2.5), (2.5, 4))


@pytest.mark.parametrize(
    ("words", "cut", "expected"),
    [
        (SPACED, (3.0, 4.0), (2.2, 4.8)),  # a breath stays on each side
        (SPACED, (2.1, 4.9), (2.1, 4.9)),  # unless more is wanted
        (SPACED, (1.8, 5.4), (2.0, 5.0)),  # but no word that stays is cut into
        (SPACED, (3.2, 3.6), (2.2, 4.8)),  # a word goes whole
        (SPACED, (0.5, 1.6), (0.0, 2.8)),  # nothing stays before the first word
        (SPACED, (7.0, 8.0), (6.2, 10.0)),
        (SPACED, (2.1, 2.9), (2.1, 2.9)),  # a pause
        (SPACED, (1.9, 3.1), (2.0, 3.0)),
        (CLOSE, (2.0, 2.5), (2.0, 2.5)),  # where there is no pause
    ],
)
def test_a_cut_lies_between_words(
    words: list[Word], cut: tuple[float, float], expected: tuple[float, float]
) -> None:
    assert placed(words, cut) == [expected]


def test_cuts_that_meet_are_one() -> None:
    assert placed(SPACED, (3, 4), (5, 6)) == placed(SPACED, (5, 6), (3, 4)) == [(2.2, 6.8)]
    assert placed(SPACED, (3, 5.9), (4, 5)) == [(2.2, 6.8)]


def test_a_pause_too_short_to_cut_stays() -> None:
    assert placed(SPACED, (2.1, 2.2), (9.5, 20.0), (11.0, 12.0)) == [(9.5, 10.0)]
    assert placed(SPACED, (2.1, 2.14)) == []


TIMES = st.lists(st.integers(0, 200), min_size=2, max_size=24, unique=True).map(sorted)


@given(TIMES, st.lists(st.tuples(st.integers(0, 210), st.integers(1, 60)), max_size=6))
def test_a_word_goes_whole_or_not_at_all(times: list[int], lengths: list[tuple[int, int]]) -> None:
    words = said(*((a / 20, b / 20) for a, b in zip(times[::2], times[1::2], strict=False)))
    spans = [Span(start_s=a / 20, end_s=(a + n) / 20) for a, n in lengths]
    cuts = word_cuts.place(spans, words, CLIP)
    assert all(a.end_s < b.start_s for a, b in pairwise(cuts))
    assert all(CLIP.start_s <= cut.start_s < cut.end_s <= CLIP.end_s for cut in cuts)
    for word in words:
        struck = any(s.start_s <= middle_s(word) < min(s.end_s, CLIP.end_s) for s in spans)
        inside = any(c.start_s <= word.start_s and word.end_s <= c.end_s for c in cuts)
        outside = all(c.end_s <= word.start_s or word.end_s <= c.start_s for c in cuts)
        assert (inside, outside) == (struck, not struck)
    again = word_cuts.place(cuts, words, CLIP)
    assert [(round(c.start_s, 6), round(c.end_s, 6)) for c in again] == [
        (round(c.start_s, 6), round(c.end_s, 6)) for c in cuts
    ]


@pytest.mark.parametrize(
    ("words", "parts", "expected"),
    [
        (SPACED, [(5.0, 6.0), (1.0, 2.0)], [(4.8, 6.2), (0.8, 2.2)]),  # with their breaths
        (SPACED, [(4.5, 10.0), (0.0, 4.5)], [(4.5, 10.0), (0.0, 4.5)]),  # as is wanted
        (SPACED, [(4.9, 10.0), (0.0, 4.9)], [(4.8, 10.0), (0.0, 4.8)]),  # but for a breath
        (SPACED, [(5.2, 9.9), (0.1, 3.4)], [(4.8, 10.0), (0.0, 2.8)]),  # words go whole
        (CLOSE, [(2.5, 4.0), (1.0, 2.5)], [(2.5, 4.2), (0.8, 2.5)]),
        (SPACED, [(2.1, 2.9), (4.5, 20.0)], [(4.5, 10.0)]),  # a part without a word
        (SPACED, [(11.0, 12.0)], []),
    ],
)
def test_parts_are_placed_between_words(
    words: Sequence[Word],
    parts: Sequence[tuple[float, float]],
    expected: Sequence[tuple[float, float]],
) -> None:
    spans = [Span(start_s=a, end_s=b) for a, b in parts]
    found = word_cuts.place_parts(spans, words, CLIP)
    assert [(round(p.start_s, 3), round(p.end_s, 3)) for p in found] == expected
    assert word_cuts.place_parts(found, words, CLIP) == found
