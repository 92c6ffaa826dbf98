"""A slow pan glides between the pixels of the clip, and its ends are where they are without it."""

from itertools import pairwise

import numpy as np
import pytest
from av.video.frame import VideoFrame
from shots import stream as video

from pipeline.core.arrays import F64
from pipeline.core.data import Box
from pipeline.rendering.compositor import Canvas

STEP = 0.11  # source pixels from picture to picture: less than a third of the clip's
SCALE = 1080 / 405


def waves(width: int = 1280, height: int = 720) -> VideoFrame:
    """Soft stripes of changing color."""
    x = np.arange(width)
    picture = np.empty((height, width, 3), np.uint8)
    for channel, length in enumerate((11, 14, 17)):
        picture[:, :, channel] = 128 + 100 * np.sin(x / length)
    frame = VideoFrame.from_ndarray(picture, format="rgb24")
    return frame.reformat(format="yuv420p", dst_colorspace="ITU709")


def line(canvas: Canvas, frame: VideoFrame, box: Box) -> F64:
    """The middle row of the clip's picture, gray levels."""
    picture = canvas.compose(frame, "crop", [box]).viewable()
    assert (picture.width, picture.height, picture.format.name) == (1080, 1920, "yuv420p")
    return np.asarray(picture.to_ndarray(format="gray")[960], np.float64)


def moved(a: F64, b: F64) -> float:
    """By how many pixels `b` is `a` moved to the right; least squares on the slope."""
    slope = np.gradient(a)
    return float(-np.sum((b - a) * slope) / np.sum(slope * slope))


def at(x: float, width: float = 405.0, height: float = 720.0, y: float = 0.0) -> Box:
    return Box(x=x, y=y, w=width, h=height)


@pytest.mark.parametrize("start", [300.0, 301.3, 0.0])
def test_a_slow_pan_moves_evenly(start: float) -> None:
    canvas, frame = Canvas(video(), 1080, 1920), waves()
    lines = [line(canvas, frame, at(start + n * STEP)) for n in range(40)]
    steps = np.array([moved(a, b) for a, b in pairwise(lines[2:])])
    assert steps.mean() == pytest.approx(-STEP * SCALE, rel=0.1)
    assert np.abs(steps - steps.mean()).max() < 0.3  # whole pixels: 0.71
    assert steps.std() < 0.15  # whole pixels: 0.44


def test_a_pan_is_where_a_camera_that_stands_would_be() -> None:
    frame = waves()
    pans = Canvas(video(), 1080, 1920)
    line(pans, frame, at(300.0))
    for n in range(1, 6):
        x = 300.0 + n / SCALE  # whole pixels of the clip
        panned = line(pans, frame, at(x))
        stands = line(Canvas(video(), 1080, 1920), frame, at(x))
        assert abs(moved(stands, panned)) < 0.2
        assert np.abs(stands - panned).mean() < 3


def test_the_picture_is_as_sharp_in_a_pan() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (720, 1280, 3)).astype(np.uint8)
    frame = VideoFrame.from_ndarray(noise, format="rgb24").reformat(format="yuv420p")
    canvas = Canvas(video(), 1080, 1920)
    stands = np.diff(line(canvas, frame, at(300.0))).std()
    panned = [np.diff(line(canvas, frame, at(300.0 + n * STEP))).std() for n in range(1, 9)]
    assert min(panned) > 0.95 * stands


@pytest.mark.parametrize("size", [(1280, 720), (640, 360), (3840, 2160), (854, 480)])
def test_any_source_may_be_panned_over_from_edge_to_edge(size: tuple[int, int]) -> None:
    width, height = size
    canvas, frame = Canvas(video(width, height), 1080, 1920), waves(width, height)
    w = height * 9 / 16
    for x in np.linspace(0, width - w, 60):
        line(canvas, frame, at(float(x), w, float(height)))
    for n in range(10):  # up and down as well, in a smaller crop
        line(canvas, frame, at(n * 1.7, w / 1.5, height / 1.5, y=n * 2.3))


def test_a_picture_is_not_drawn_over_by_the_next() -> None:
    canvas, frame = Canvas(video(1920, 1080), 1080, 1080), waves(1920, 1080)
    kept, copies = [], []
    for n in range(6):
        picture = canvas.compose(frame, "crop", [at(100 + n * STEP, 1080.0, 1080.0)])
        kept.append(picture)
        copies.append(picture.viewable().to_ndarray())
    assert all(
        np.array_equal(p.viewable().to_ndarray(), c) for p, c in zip(kept, copies, strict=True)
    )


def test_a_source_of_four_thousand_columns_glides_too() -> None:
    canvas, frame = Canvas(video(3840, 2160), 1080, 1920), waves(3840, 2160)
    lines = [line(canvas, frame, at(900 + n * 0.33, 1215.0, 2160.0)) for n in range(30)]
    steps = np.array([moved(a, b) for a, b in pairwise(lines[2:])])
    assert steps.mean() == pytest.approx(-0.33 * 1080 / 1215, rel=0.1)
    assert steps.std() < 0.2  # whole pixels: 0.49


def test_halves_pan_on_their_own() -> None:
    canvas, frame = Canvas(video(), 1080, 1920), waves()
    still = at(800.0, 360.0, 320.0, 100.0)
    rows = []
    for n in range(6):
        picture = canvas.compose(frame, "split", [at(100 + n * STEP, 360.0, 320.0, 50.0), still])
        gray = picture.viewable().to_ndarray(format="gray").astype(np.float64)
        rows.append((gray[480], gray[1440]))
    above = [moved(a[0], b[0]) for a, b in pairwise(rows[2:])]
    assert np.mean(above) == pytest.approx(-STEP * 3, rel=0.35)
    assert all(np.array_equal(rows[0][1], below) for _, below in rows)
