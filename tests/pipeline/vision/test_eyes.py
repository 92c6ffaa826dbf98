"""A pair of eyes is no writing; writing beside, below and across a face is."""

import pytest
from project_paths import SAMPLE
from shots import still

from pipeline.core.control import Control
from pipeline.core.data import Box, Region, RegionKind, Shot, SourceLayout, Span
from pipeline.media.probing import probe
from pipeline.vision.eyes import without_eyes
from pipeline.vision.shot_scan import look

PICTURE = Box(x=0, y=0, w=1280, h=720)
FACE = still(600, y=300, w=180, h=240)  # from 510, 180 to 690, 420
EYES = Box(x=495, y=250, w=205, h=45)


def shot(box: Box, kind: RegionKind = "caption", *, start_s: float = 0.0) -> Shot:
    """A shot of ten seconds with the face, and with a region for its first second."""
    region = Region(kind=kind, box=box, start_s=start_s, end_s=start_s + 1.0)
    layout = SourceLayout(picture=PICTURE, regions=(region,))
    return Shot(start_s=start_s, end_s=start_s + 10.0, tracks=(FACE,), layout=layout)


def regions(*shots: Shot) -> list[Region]:
    return [r for s in without_eyes(shots) if s.layout is not None for r in s.layout.regions]


@pytest.mark.parametrize("kind", ["caption", "text"])
def test_a_line_across_a_face_at_its_eyes_is_a_pair_of_eyes(kind: RegionKind) -> None:
    assert regions(shot(EYES, kind)) == []


@pytest.mark.parametrize(
    "box",
    [
        Box(x=495, y=345, w=205, h=60),  # over the mouth
        Box(x=300, y=250, w=600, h=45),  # wider than the face
        Box(x=700, y=250, w=205, h=45),  # beside it
        Box(x=495, y=120, w=205, h=80),  # above it
    ],
)
def test_writing_near_the_eyes_stays(box: Box) -> None:
    assert len(regions(shot(box))) == 1


def test_a_window_of_a_call_is_never_a_pair_of_eyes() -> None:
    assert len(regions(shot(EYES, "tile"))) == 1


def test_eyes_that_were_reported_a_little_before_the_cut_go_as_well() -> None:
    early = Region(kind="text", box=EYES, start_s=-0.2, end_s=0.0)
    before = Shot(start_s=-5.0, end_s=0.0, layout=SourceLayout(picture=PICTURE, regions=(early,)))
    assert regions(before, shot(EYES)) == []
    assert regions(before) == [early]


def test_drawn_eyes_are_no_captions_of_the_source() -> None:
    shots = look(probe(SAMPLE), Span(start_s=100.0, end_s=111.0), control=Control())
    assert any(shot.tracks for shot in shots)
    for seen in shots:
        assert seen.layout is not None
        assert seen.layout.regions == ()
