"""What was seen in a clip is kept as it was, and used only where it covers a part."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shots import still

from pipeline.core.data import Box, FaceTrack, Region, Shot, SourceLayout, Span
from pipeline.framing.known_shots import decode, encode, within

FIRST = Shot(start_s=0.0, end_s=4.0, tracks=(still(300.0),), writing=0.05)
SECOND = Shot(
    start_s=4.0,
    end_s=10.0,
    layout=SourceLayout(
        picture=Box(x=0.0, y=0.0, w=1280.0, h=720.0),
        regions=(Region(kind="text", box=Box(x=1.0, y=2.0, w=3.0, h=4.0), start_s=4.0, end_s=5.0),),
    ),
)


def test_shots_come_back_as_they_were() -> None:
    assert decode(encode((FIRST, SECOND))) == (FIRST, SECOND)
    assert decode(encode(())) == ()


def test_what_is_not_known_of_speech_stays_unknown() -> None:
    face = still(300.0).faces[0]
    track = FaceTrack(times_s=(1.0, 2.0), faces=(face, face), speaks=(math.nan, 0.5))
    [shot] = decode(encode((Shot(start_s=0.0, end_s=3.0, tracks=(track,)),)))
    assert math.isnan(shot.tracks[0].speaks[0])
    assert shot.tracks[0].speaks[1] == 0.5


@pytest.mark.parametrize("data", [b"", b"no", encode((FIRST,))[:-9]])
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="no shots"):
        decode(data)


@given(st.floats(0, 9), st.floats(0.2, 10))
def test_a_part_that_was_seen_is_cut_from_it(start_s: float, length_s: float) -> None:
    end_s = min(10.0, start_s + length_s)
    found = within(Span(start_s=start_s, end_s=end_s), (FIRST, SECOND))
    assert (found[0].start_s, found[-1].end_s) == (start_s, end_s)
    assert all(shot.end_s > shot.start_s for shot in found)


@pytest.mark.parametrize(
    ("start_s", "end_s", "known"),
    [
        (-1.0, 5.0, (FIRST, SECOND)),  # begins before it
        (5.0, 11.0, (FIRST, SECOND)),
        (2.0, 6.0, (FIRST,)),
        (2.0, 6.0, (FIRST, Shot(start_s=4.5, end_s=10.0))),  # a hole
        (20.0, 22.0, (FIRST, SECOND)),
        (1.0, 2.0, ()),
    ],
)
def test_a_part_that_was_not_seen_wholly_is_unknown(
    start_s: float, end_s: float, known: tuple[Shot, ...]
) -> None:
    assert within(Span(start_s=start_s, end_s=end_s), known) == ()
