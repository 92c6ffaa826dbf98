"""Where chapters may begin, and which of these places do, for any talk."""

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.analysis import chapter_choice
from pipeline.core.data import ChapterStart

talks = st.lists(
    st.tuples(st.floats(-3, 3), st.floats(0.1, 60, allow_nan=False)), min_size=1, max_size=150
)


def starts(drawn: list[tuple[float, bool]]) -> list[ChapterStart]:
    """A start a minute; the first is where the talk begins."""
    return [
        ChapterStart(
            start_s=60.0 * n + 1, title=f"Topic {n}", sources=(), strength=strength, usual=usual
        )
        for n, (strength, usual) in enumerate(drawn)
    ]


@settings(deadline=None)
@given(talks)
def test_candidates_are_apart_and_the_strongest_come_first(
    drawn: list[tuple[float, float]],
) -> None:
    strength = np.array([s for s, _ in drawn])
    starts_s = np.cumsum([0.0, *(length for _, length in drawn)])
    *begins_s, end_s = starts_s.tolist()
    found = chapter_choice.candidates(strength, begins_s, end_s)
    assert all(strength[a] >= strength[b] for a, b in pairwise(found))
    bounds_s = [begins_s[0], *(begins_s[i] for i in sorted(found)), end_s]
    apart_s = np.diff(bounds_s)
    assert not found or apart_s.min() >= chapter_choice.MIN_CHAPTER_S
    bounds = [0, *sorted(found), len(strength)]
    assert not found or np.diff(bounds).min() >= chapter_choice.MIN_APART_SENTENCES
    usual = chapter_choice.usual(found, strength, end_s)
    assert usual == found[: len(usual)]
    assert all(strength[i] >= chapter_choice.MIN_STRENGTH for i in usual)


def test_longer_talks_have_more_chapters_and_these_are_longer() -> None:
    strength = np.full(1000, 2.0)
    counts = [len(chapter_choice.usual(range(1000), strength, 60 * m)) for m in (4, 15, 60, 240)]
    assert counts == sorted(counts)
    lengths = [m / (1 + n) for m, n in zip((4, 15, 60, 240), counts, strict=True)]
    assert lengths == sorted(lengths)
    assert 12 <= counts[2] <= 16


@given(st.lists(st.tuples(st.floats(-3, 3), st.booleans()), min_size=1, max_size=30))
def test_chapters_leave_no_gap_and_fewer_are_among_more(drawn: list[tuple[float, bool]]) -> None:
    found, end_s = starts(drawn), 60.0 * len(drawn)
    before: set[str] = set()
    for count in (*range(1, len(found) + 3), None):
        chapters = chapter_choice.choose(found[::-1], end_s, count)
        if count is not None:
            assert len(chapters) == min(count, len(found))
            titles = {chapter.title for chapter in chapters}
            assert before <= titles
            before = titles
        assert (chapters[0].title, chapters[0].start_s) == ("Topic 0", 0.0)
        assert chapters[-1].end_s == end_s
        assert all(a.end_s == b.start_s > a.start_s for a, b in pairwise(chapters))
    wanted = [start.title for start in found[1:] if start.usual]
    assert [chapter.title for chapter in chapters[1:]] == wanted


def test_a_talk_without_titles_has_no_chapters() -> None:
    assert chapter_choice.choose((), 60.0) == ()
    assert chapter_choice.candidates(np.zeros(0), [], 0.0) == []
