"""The pictures of a clip are composed as portraits are, differ, and have its title."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from av.video.frame import VideoFrame
from project_paths import SAMPLE
from shots import cropped

from pipeline.captions.cover_title import Cover
from pipeline.captions.drawing.blending import Stamp, prepare
from pipeline.captions.drawing.typesetting import Tile
from pipeline.core.control import Control
from pipeline.core.data import Box, CropKey, Options, Span
from pipeline.editing.composition import Composition
from pipeline.media.frames import read
from pipeline.media.probing import probe
from pipeline.rendering.clip_plan import ClipPlan
from pipeline.rendering.surface import InMemory
from pipeline.rendering.text_layers import set_text
from pipeline.rendering.thumbnail import Thumbnails
from pipeline.vision import face_detector

Rgb = npt.NDArray[np.uint8]


@cache
def sample() -> Rgb:
    """One picture of the sample, one speaker large in it."""
    frames = read(probe(SAMPLE), Span(start_s=6.0, end_s=6.2), control=Control())
    return np.asarray(next(frames)[1].to_ndarray(format="rgb24"), np.uint8)[:, :640]


def shut(picture: Rgb) -> Rgb:
    """The same with the lids of all eyes closed, and sharper elsewhere."""
    painted = picture.copy()
    painted[-100:, ::2] += 8  # the desk is dark
    found = face_detector.detect_with_landmarks(np.ascontiguousarray(picture[::2, ::2]))
    assert found
    for mark in found:
        (lx, ly), (rx, ry) = mark.eyes
        reach = round(0.45 * (rx - lx))
        for x, y in ((round(2 * lx), round(2 * ly)), (round(2 * rx), round(2 * ry))):
            painted[y - reach : y + reach, x - reach : x + reach] = picture[y + 2 * reach, x]
            painted[y : y + 2, x - reach : x + reach] = 60
    return painted


def frame(picture: Rgb) -> InMemory:
    whole = VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
    return InMemory(whole.reformat(format="yuv420p", dst_colorspace="ITU709"))


def still(width: int = 640, height: int = 720, until_s: float = 30.0) -> Composition:
    """A scene that shows the whole of an unmoved source."""
    return showing(CropKey(t_s=0.0, box=Box(x=0, y=0, w=width, h=height)), until_s=until_s)


def showing(*keys: CropKey, until_s: float = 30.0) -> Composition:
    """A scene whose camera goes along these keys."""
    return Composition(
        span=Span(start_s=0.0, end_s=until_s),
        words=(),
        path=cropped("crop", keys, size=(640, 720), end_s=until_s),
        shots=(),
    )


def best_of(pictures: Sequence[Rgb], scene: Composition, every_s: float = 2.0) -> list[int]:
    """Return the numbers of the pictures that become thumbnails, the best first."""
    thumbnails = Thumbnails(scene)
    for n, picture in enumerate(pictures):
        thumbnails.offer(every_s * n, frame(picture))
    return [round(found.t_s / every_s) for found in thumbnails.best()]


@pytest.mark.parametrize("first", ["open", "shut"])
def test_the_open_eyed_picture_is_taken(first: str, tmp_path: Path) -> None:
    seen = sample()
    pictures = {"open": seen, "shut": shut(seen)}
    order = [first, *(name for name in pictures if name != first)]
    assert order[best_of([pictures[name] for name in order], still())[0]] == "open"
    thumbnails = Thumbnails(still())
    thumbnails.offer(0.0, frame(seen))
    (path,) = thumbnails.save(tmp_path / "clip")
    assert path == tmp_path / "clip.jpg"
    assert path.stat().st_size > 10_000


def blurred(picture: Rgb) -> Rgb:
    """The same as a hand that moves the camera sees it."""
    moved = [np.roll(picture, n, axis=1).astype(np.float32) for n in range(-6, 7)]
    return np.asarray(np.mean(moved, axis=0), np.uint8)


def cut_off(picture: Rgb) -> Rgb:
    """The same with the face at the edge, half outside."""
    face = found_in(picture).face
    return np.roll(picture, -(2 * face[0] + face[2]), axis=1)


def found_in(picture: Rgb) -> face_detector.FaceWithLandmarks:
    (found,) = face_detector.detect_with_landmarks(np.ascontiguousarray(picture[::2, ::2]))
    return found


def dark(picture: Rgb) -> Rgb:
    return np.asarray(picture * 0.3, np.uint8)


@pytest.mark.parametrize("spoil", [blurred, cut_off, dark])
def test_a_spoiled_picture_is_not_the_first(spoil: Callable[[Rgb], Rgb]) -> None:
    seen = sample()
    assert best_of([spoil(seen), seen, spoil(seen)], still())[0] == 1


def test_a_mouth_caught_open_is_worse_than_a_closed_one() -> None:
    seen = sample()
    (left, right), face = found_in(seen).mouth, found_in(seen).face
    x, y = round(left[0] + right[0]), round(left[1] + right[1])
    gaping = seen.copy()
    gaping[y - face[3] // 10 : y + face[3] // 4, x - face[2] // 5 : x + face[2] // 5] = 20
    assert best_of([gaping, seen, gaping], still())[0] == 1


def test_no_picture_of_a_camera_move_is_taken_if_there_is_another() -> None:
    seen = sample()
    wide, near = Box(x=0, y=0, w=640, h=720), Box(x=100, y=0, w=320, h=360)
    scene = showing(
        CropKey(t_s=0.0, box=wide),
        CropKey(t_s=5.0, box=wide),
        CropKey(t_s=7.0, box=near),
    )
    worse = np.asarray(seen * 0.8, np.uint8)
    assert best_of([worse, worse, worse, seen, worse], scene)[0] != 3
    assert best_of([worse, worse, worse, seen, worse], still())[0] == 3


def test_thumbnails_differ_and_lie_apart() -> None:
    seen = sample()
    moved = [np.roll(seen, 12 * n, axis=1) for n in range(8)]
    found = best_of(moved, still())
    assert len(found) == 3
    assert min(abs(a - b) for a in found for b in found if a != b) * 2.0 >= 3.0
    assert len(best_of([seen] * 8, still())) == 1
    assert len(best_of(moved, still(), every_s=0.3)) == 1  # within three seconds


def test_a_long_clip_is_looked_at_no_more_often_than_a_short_one() -> None:
    pictures = [np.roll(sample(), n, axis=1) for n in range(8)]
    looks = 0

    class Counted(InMemory):
        def viewable(self) -> VideoFrame:
            nonlocal looks
            looks += 1
            return super().viewable()

    thumbnails = Thumbnails(still(until_s=300.0))
    counted = [Counted(frame(picture).viewable()) for picture in pictures]
    for n in range(3000):
        thumbnails.offer(n / 10, counted[n % 8])
    assert looks <= 21


def test_fewer_thumbnails_than_before_leave_no_old_ones(tmp_path: Path) -> None:
    (tmp_path / "clip.2.jpg").write_bytes(b"of an earlier rendering")
    thumbnails = Thumbnails(still())
    thumbnails.offer(0.0, frame(sample()))
    thumbnails.save(tmp_path / "clip")
    assert [path.name for path in tmp_path.iterdir()] == ["clip.jpg"]


def test_the_title_is_drawn_on_it_alone(tmp_path: Path) -> None:
    picture = frame(sample())
    before = picture.viewable().to_ndarray().copy()
    plate = prepare(Tile(x=100, y=40, rgba=np.full((60, 200, 4), 255, np.uint8)))
    for name, title in (("plain", None), ("titled", plate)):
        thumbnails = Thumbnails(still())
        thumbnails.offer(0.0, picture)
        thumbnails.save(tmp_path / name, partial(just, title))
    assert (tmp_path / "plain.jpg").read_bytes() != (tmp_path / "titled.jpg").read_bytes()
    assert np.array_equal(picture.viewable().to_ndarray(), before)


def just(title: Stamp | None, cover: Cover) -> Stamp | None:
    assert cover.faces
    return title


def test_a_title_stands_beside_a_picture_that_is_shown_whole() -> None:
    plan = ClipPlan(
        source=probe(SAMPLE),
        span=Span(start_s=0.0, end_s=9.0),
        words=(),
        path=cropped("fit", Box(x=0, y=0, w=640, h=360), size=(720, 1280)),
        style="boxed",
        options=Options(),
        title="A short one",
        language="en",
    )
    text = set_text(plan, plan.scene(plan.span))
    rgb = np.full((256, 144, 3), 99, np.uint8)
    stamp = text.title_on(Cover(t_s=1.0, size=(720, 1280), rgb=rgb, faces=()))
    assert stamp is not None
    solid = np.flatnonzero((stamp.kept[0] < 8).any(axis=1)) + stamp.y
    edge = (1280 - 405) / 2  # upper edge of the picture of 720 x 405
    assert solid[-1] < edge or solid[0] > 1280 - edge
    numbers = set_text(replace(plan, title="0:05 – 0:11"), plan.scene(plan.span))
    assert numbers.title_on(Cover(t_s=1.0, size=(720, 1280), rgb=rgb, faces=())) is None
