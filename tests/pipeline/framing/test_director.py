"""A conversation as an editor would cut it: turns fill the picture, exchanges are side by side."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from random import Random

import numpy as np
import pytest
from crop_checks import check
from shots import LOOK_S, UPRIGHT, holds, source, still

from pipeline.core.data import Box, CropPath, FaceTrack, Region, Shot, SourceLayout, Span, Word
from pipeline.core.layout import crops_at, panes_of
from pipeline.framing.crop_planning import plan
from pipeline.framing.director import MIN_TAKE_S

Turn = tuple[int, float]  # who, for how many seconds
PLACES = (200.0, 620.0, 1040.0)


def talk(turns: Sequence[Turn], count: int = 2, size: float = 150.0) -> tuple[FaceTrack, ...]:
    """People who speak in turns: lips that say so most of the time, at LOOK_S."""
    seconds = sum(length for _, length in turns)
    ends = np.cumsum([length for _, length in turns])
    people = []
    for n in range(count):
        face = still(PLACES[n], seconds, w=0.75 * size, h=size)
        who = [turns[int(np.searchsorted(ends, min(t, ends[-1] - 1e-6)))][0] for t in face.times_s]
        people.append(replace(face, speaks=tuple(2.5 if k == n else -3.0 for k in who)))
    return tuple(people)


def words(turns: Sequence[Turn]) -> tuple[Word, ...]:
    """A word every half a second without a pause, and a stop where the turn ends."""
    out, at_s = [], 0.0
    for _, length in turns:
        end_s = at_s + length - 0.3
        while at_s + 0.5 <= end_s:
            last = at_s + 1.0 > end_s
            text = "now." if last else "word"
            out.append(Word(text=text, start_s=at_s, end_s=at_s + 0.45, probability=1.0))
            at_s += 0.5
        at_s = end_s + 0.3
    return tuple(out)


def directed(turns: Sequence[Turn], count: int = 2, size: float = 150.0) -> CropPath:
    seconds = sum(length for _, length in turns)
    shot = Shot(start_s=0.0, end_s=seconds, tracks=talk(turns, count, size))
    span = Span(start_s=0.0, end_s=seconds)
    path = plan(source(), span, (shot,), UPRIGHT, words=words(turns))
    check(source(), span, path)
    return path


def cast(path: CropPath, t_s: float, count: int = 2) -> set[int]:
    """Who is shown at a moment."""
    segment = next(s for s in path.segments if t_s < s.end_s)
    crops = crops_at(segment, t_s)
    faces = [still(PLACES[n], 1.0, w=90, h=120).faces[0].box for n in range(count)]
    return {n for n, face in enumerate(faces) if any(holds(crop, face) for crop in crops)}


def test_who_has_the_floor_for_long_fills_the_picture() -> None:
    path = directed([(0, 9.0), (1, 8.0), (0, 9.0)])
    assert [s.layout for s in path.segments] == ["crop"] * 3
    assert [cast(path, t) for t in (4.0, 13.0, 21.0)] == [{0}, {1}, {0}]
    assert [s.end_s for s in path.segments[:-1]] == pytest.approx([9.0, 17.0], abs=0.5)


def test_a_quick_exchange_is_shown_side_by_side_without_a_cut() -> None:
    path = directed([(n % 2, 1.5) for n in range(14)])
    assert [s.layout for s in path.segments] == ["split"]


def test_an_exchange_after_a_long_turn_changes_the_layout_once() -> None:
    path = directed([(0, 12.0), *[(1 - n % 2, 1.4) for n in range(9)]])
    assert [s.layout for s in path.segments] == ["crop", "split"]
    assert path.segments[0].end_s == pytest.approx(12.0, abs=0.6)


def test_a_short_remark_does_not_take_the_picture() -> None:
    path = directed([(0, 10.0), (1, 0.8), (0, 10.0)])
    assert [s.layout for s in path.segments] == ["crop"]
    assert cast(path, 10.4) == {0}


def test_of_three_the_silent_one_is_never_shown() -> None:
    path = directed([(n % 2 * 2, 4.5) for n in range(6)], count=3, size=130.0)
    assert all(1 not in cast(path, t, 3) for t in np.arange(0.5, 27.0, 0.5))


def test_nobody_is_cut_off_in_the_middle_of_a_word() -> None:
    for seed in range(10):
        random = Random(seed)
        turns = [(n % 2, random.uniform(2.0, 9.0)) for n in range(8)]
        path = directed(turns)
        said = words(turns)
        for before, after in pairwise(path.segments):
            inside = [w for w in said if w.start_s + 1e-6 < before.end_s < w.end_s - 1e-6]
            assert not inside, (seed, before.end_s)
            assert after.end_s - after.start_s >= MIN_TAKE_S - 2 * LOOK_S


def test_a_face_too_large_for_a_pane_is_not_torn() -> None:
    """Heads that fill their windows fit no half: one is shown whole, not both without a chin."""
    turns = [(n % 2, 1.5) for n in range(14)]
    large = tuple(
        replace(still(x, 21.0, y=360, w=380, h=640), speaks=person.speaks)
        for x, person in zip((260.0, 1000.0), talk(turns), strict=True)
    )
    halves = (Box(x=0, y=0, w=628, h=720), Box(x=644, y=0, w=636, h=720))
    tiles = tuple(Region(kind="tile", box=box, start_s=0.0, end_s=21.0) for box in halves)
    layout = SourceLayout(picture=Box(x=0, y=0, w=1280, h=720), regions=tiles)
    shot = Shot(start_s=0.0, end_s=21.0, tracks=large, layout=layout)
    span = Span(start_s=0.0, end_s=21.0)
    path = plan(source(), span, (shot,), UPRIGHT, words=words(turns))
    for segment in path.segments:
        shown = [
            any(holds(crop, person.faces[0].box) for crop in crops_at(segment, segment.start_s))
            for person in large
        ]
        assert segment.layout in {"crop", "fit"}
        assert any(shown)


def test_a_face_that_fills_its_tile_shares_the_picture() -> None:
    """Both windows in all of their height, captions between: better than one of them alone."""
    turns = [(0, 6.0), (1, 6.0)]
    high = (330.0, 200.0)
    people = tuple(
        replace(still(x, 12.0, y=180, w=0.75 * h, h=h), speaks=person.speaks)
        for x, h, person in zip((310.0, 970.0), high, talk(turns), strict=True)
    )
    boxes = (Box(x=0, y=4, w=630, h=352), Box(x=648, y=4, w=630, h=352))
    tiles = tuple(Region(kind="tile", box=box, start_s=0.0, end_s=12.0) for box in boxes)
    layout = SourceLayout(picture=Box(x=0, y=0, w=1280, h=720), regions=tiles)
    shot = Shot(start_s=0.0, end_s=12.0, tracks=people, layout=layout)
    path = plan(source(), Span(start_s=0.0, end_s=12.0), (shot,), UPRIGHT, words=words(turns))
    first = path.segments[0]
    assert first.layout == "stack"
    crops = crops_at(first, 1.0)
    for crop, box, person in zip(crops, boxes, people, strict=True):
        assert holds(crop, person.faces[0].box)
        assert holds(box, crop)
    upper, lower = panes_of("stack", crops, path.width, path.height)
    assert lower.y - upper.y - upper.height >= 160  # two lines of captions
