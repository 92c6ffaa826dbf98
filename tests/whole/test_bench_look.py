"""The measures of how clips look, on crops and text placed by construction."""

import json
from pathlib import Path

import numpy as np
import pytest
import shots

from bench import look as bench_look
from bench.support.looks import measure, pool
from bench.support.planned_clips import PlannedClip
from bench.support.views import (
    Ink,
    covers,
    crosses_seam,
    cuts_face,
    holds_face,
    measure_pace,
    safe_pixels,
    shows_bars,
    views_at,
)
from pipeline.captions.blending import prepare
from pipeline.captions.safe_areas import SafeArea
from pipeline.captions.typesetting import Tile
from pipeline.core.data import (
    Box,
    CropKey,
    CropPath,
    CropSegment,
    FaceTrack,
    LayoutKind,
    Region,
    Shot,
    Span,
    Word,
)
from pipeline.editing.composition import Composition
from pipeline.recognition import vad

SIZE = 720, 1280
LEFT = Box(x=0, y=0, w=630, h=720)
RIGHT = Box(x=650, y=0, w=630, h=720)
INSET = Box(x=900, y=500, w=300, h=200)
WHOLE = Box(x=0, y=0, w=1280, h=720)


def path(*parts: tuple[float, LayoutKind, tuple[Box, ...]]) -> CropPath:
    """Return a path of parts, each with its end, layout and crops that stand still."""
    segments, start_s = [], 0.0
    for end_s, layout, (first, *others) in parts:
        keys, *further = ((CropKey(t_s=start_s, box=box),) for box in (first, *others))
        segments.append(
            CropSegment(
                start_s=start_s, end_s=end_s, layout=layout, keys=keys, others=tuple(further)
            )
        )
        start_s = end_s
    return CropPath(width=SIZE[0], height=SIZE[1], segments=tuple(segments))


def region(box: Box, kind: str = "tile") -> Region:
    return Region(kind="inset" if kind == "inset" else "tile", box=box, start_s=0.0, end_s=9.0)


def crosses(crop: Box, *windows: Region, layout: LayoutKind = "crop") -> bool:
    (view,) = views_at(path((9.0, layout, (crop,))), 1.0)
    return crosses_seam(view, windows)


def text(x: int, y: int, w: int, h: int, opacity: int = 255) -> Ink:
    """Return white text that fills a rectangle of the clip."""
    return Ink.of(prepare(Tile(x=x, y=y, rgba=np.full((h, w, 4), opacity, np.uint8))))


@pytest.mark.parametrize(
    ("x", "crossed"),
    [(0.0, False), (225.0, False), (226.5, False), (228.0, True), (246.0, True), (640.0, True)],
)
def test_a_crop_crosses_a_seam_by_more_than_two_pixels(x: float, crossed: bool) -> None:
    crop = Box(x=x, y=0, w=405, h=720)
    assert crosses(crop, region(LEFT), region(RIGHT)) == crossed


def test_a_whole_picture_may_show_whole_windows_but_not_parts_of_them() -> None:
    windows = region(LEFT), region(RIGHT)
    assert not crosses(WHOLE, *windows, layout="fit")
    assert crosses(WHOLE, *windows)
    assert crosses(Box(x=0, y=0, w=900, h=720), *windows, layout="fit")


def test_an_inset_is_shown_alone_or_whole_or_not_at_all() -> None:
    inset = region(INSET, "inset")
    assert not crosses(Box(x=100, y=0, w=405, h=720), inset)
    assert not crosses(Box(x=870, y=0, w=405, h=720), inset)
    assert not crosses(Box(x=950, y=510, w=100, h=178), inset)
    assert crosses(Box(x=700, y=0, w=405, h=720), inset)


def test_bars_are_what_lies_beside_the_picture() -> None:
    picture = Box(x=0, y=90, w=1280, h=540)
    (whole,) = views_at(path((9.0, "fit", (WHOLE,))), 0.0)
    (tall,) = views_at(path((9.0, "crop", (Box(x=300, y=85, w=300, h=533),))), 0.0)
    (inner,) = views_at(path((9.0, "crop", (Box(x=300, y=92, w=300, h=533),))), 0.0)
    assert shows_bars(whole, picture)
    assert shows_bars(tall, picture)
    assert not shows_bars(inner, picture)


def test_a_face_is_inside_cut_or_away() -> None:
    views = views_at(path((9.0, "crop", (Box(x=200, y=0, w=405, h=720),))), 0.0)
    inside, cut, away = (Box(x=x, y=100, w=100, h=130) for x in (300, 150, 120))
    assert holds_face(views, inside)
    assert not cuts_face(views, inside)
    assert not holds_face(views, cut)
    assert cuts_face(views, cut)
    assert not holds_face(views, away)
    assert not cuts_face(views, away)


def test_a_box_of_the_source_is_found_in_its_pane() -> None:
    upper, lower = views_at(
        path((9.0, "split", (Box(x=0, y=0, w=360, h=320), Box(x=800, y=0, w=720, h=640)))), 0.0
    )
    assert upper.shown(Box(x=100, y=100, w=50, h=50)) == Box(x=200, y=200, w=100, h=100)
    assert lower.shown(Box(x=900, y=100, w=50, h=50)) == Box(x=100, y=740, w=50, h=50)
    assert lower.shown(Box(x=100, y=100, w=50, h=50)) is None
    # a whole picture stands in the middle
    (fit,) = views_at(path((9.0, "fit", (WHOLE,))), 0.0)
    assert fit.shown(WHOLE) == Box(x=0, y=437.5, w=720, h=405)


def test_text_over_a_face_counts_from_a_share_of_the_face_on() -> None:
    views = views_at(path((9.0, "crop", (Box(x=0, y=0, w=360, h=640),))), 0.0)
    face = Box(x=100, y=100, w=100, h=100)  # 200 x 200 in the clip, at 200, 200
    touching, beside = text(200, 390, 200, 40), text(200, 400, 200, 40)
    assert covers([touching], [face], views, 0.02)
    assert not covers([touching], [face], views, 0.06)
    assert not covers([beside], [face], views, 0.0)
    sliver = Box(x=-80, y=100, w=100, h=100)
    assert not covers([text(0, 200, 200, 200)], [sliver], views, 0.02)
    assert not covers([text(200, 300, 200, 40, opacity=10)], [face], views, 0.02)


def test_safe_ink_is_what_lies_in_the_safe_area() -> None:
    safe = SafeArea.of(*SIZE)
    half = text(safe.left - 20, safe.top, 40, 20)
    assert (safe_pixels(half, safe), half.area) == (400, 800)
    inside = text(safe.left, safe.bottom - 20, 40, 20)
    assert safe_pixels(inside, safe) == inside.area


def test_cuts_of_the_source_and_smooth_borders_are_no_changes() -> None:
    one, near, other = (Box(x=x, y=0, w=405, h=720) for x in (0, 4, 600))
    shots = (Shot(start_s=0.0, end_s=6.0), Shot(start_s=6.0, end_s=20.0))
    steady = path((3.0, "crop", (one,)), (6.0, "crop", (near,)), (20.0, "crop", (other,)))
    assert measure_pace(steady, shots).changes == 0
    lively = path(
        (6.0, "crop", (one,)),
        (6.5, "crop", (other,)),
        (12.0, "split", (one, other)),
        (20.0, "fit", (WHOLE,)),
    )
    pace = measure_pace(lively, shots)
    assert (pace.changes, pace.shortest_take_s) == (2, 0.5)


def film_of_two(folder: Path) -> Path:
    """Write the truth of a film: Ann on the left speaks from 0 to 4 s, Bob from 4 to 8 s."""
    people = [
        {"role": name, "face_box_px": [x, 200, 120, 160], "panel_px": [x - 260, 0, 640, 720]}
        for name, x in (("ann", 260), ("bob", 900))
    ]
    turns = [
        {"speaker": name, "start_s": start_s, "end_s": start_s + 4.0}
        for name, start_s in (("ann", 0.0), ("bob", 4.0))
    ]
    told = {"duration_s": 10.0, "width": 1280, "height": 720, "people": people, "turns": turns}
    (folder / "two.truth.json").write_text(json.dumps(told))
    return folder / "two.mp4"


def clip(crops: CropPath, *words: Word, tracks: tuple[FaceTrack, ...] = ()) -> PlannedClip:
    """Return a clip of 10 s of which 0 to 8 s are speech."""
    scene = Composition(
        span=Span(start_s=0.0, end_s=10.0),
        words=words,
        path=crops,
        shots=(Shot(start_s=0.0, end_s=10.0, tracks=tracks),),
    )
    speech = np.zeros(round(10.0 / vad.CHUNK_S), np.float32)
    speech[: round(8.0 / vad.CHUNK_S)] = 1.0
    return PlannedClip(source=shots.source(), scene=scene, language="en", speech=speech)


def test_a_clip_that_follows_the_speaker_late_shows_the_wrong_person(tmp_path: Path) -> None:
    ann, bob = (Box(x=x, y=0, w=405, h=720) for x in (120, 760))
    late = path((5.0, "crop", (ann,)), (10.0, "crop", (bob,)))
    look = measure(film_of_two(tmp_path), clip(late))
    assert look.shares["speaker inside"].figure == pytest.approx(7 / 8, abs=0.01)
    assert look.shares["wrong person"].figure == pytest.approx(1 / 8, abs=0.01)
    assert look.shares["seams"].figure == 0.0
    assert (look.changes, look.shortest_take_s) == (1, 5.0)
    assert pool("all", [look, look]) == look.row() | {
        "film": "all",
        "seconds": 20.0,
        "layouts": "",
        "captions": "",
    }


def test_a_face_is_where_it_is_found_near_its_place(tmp_path: Path) -> None:
    crops = path((10.0, "crop", (Box(x=120, y=0, w=405, h=720),)))
    rest, nod, away = (
        measure(film_of_two(tmp_path), clip(crops, tracks=tracks)).shares
        for tracks in (
            (),
            (shots.still(470.0, y=280.0, w=120.0, h=160.0),),  # at rest, her middle is at 320
            (shots.still(500.0, y=280.0, w=120.0, h=160.0),),  # farther than a head moves
        )
    )
    assert rest["speaker inside"].figure == pytest.approx(0.5, abs=0.01)
    assert rest["face cut"].figure == 0.0
    assert nod["face cut"].figure == pytest.approx(0.5, abs=0.01)
    assert away == rest


def test_speech_without_a_caption_for_half_a_second_is_missed(tmp_path: Path) -> None:
    crops = path((10.0, "crop", (Box(x=120, y=0, w=405, h=720),)))
    words = [
        Word(text=f"word{n}", start_s=n * 0.5, end_s=n * 0.5 + 0.4, probability=1.0)
        for n in range(8)
    ]
    look = measure(film_of_two(tmp_path), clip(crops, *words))
    # captions until about 4 s, of 8 s of speech
    assert look.shares["captioned"].figure == pytest.approx(4.5 / 8, abs=0.07)
    assert look.shares["safe ink"].figure == 1.0
    assert measure(film_of_two(tmp_path), clip(crops)).shares["captioned"].figure == ""


def test_without_the_recordings_nothing_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench_look, "MEDIA", tmp_path / "media")
    monkeypatch.setattr("sys.argv", ["bench.look"])
    assert bench_look.main() == 0
    assert "nothing was measured" in capsys.readouterr().out
