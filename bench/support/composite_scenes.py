"""The scenes that `bench.support.composites` makes, each a function from one small vocabulary."""

from collections.abc import Callable

import numpy as np

from bench.support.composites import Ground, Rect, Scene, Window

DARK = (26, 26, 28)  # the ground of a call
FACES = (
    "WDA_AOC_000.mp4",
    "videoretalking_face1.mp4",
    "videoretalking_face4.mp4",
    "GRID_bbaf2n.mpg",
    "wav2liphd_kennedy_low.mp4",
    "speech2lips_obama.mp4",
    "GRID_lbbc2a.mpg",
    "latentsync_demo3.mp4",
    "remotion_tiktok_sample.mp4",
    "subtitleeffect_obama.mp4",
    "GRID_lrwp9a.mpg",
    "GRID_sbwe5n.mpg",
)


def plain(color: tuple[int, int, int], size: tuple[int, int] = (1280, 720)) -> Ground:
    """Return a ground of one color."""
    picture = np.full((size[1], size[0], 3), color, np.uint8)
    return lambda _: picture


def cells(area: Rect, columns: int, rows: int, gap: int = 0) -> list[Rect]:
    """Return the cells of a grid, row by row, `gap` pixels apart; sides are even."""
    x, y, w, h = area
    wide, high = (w - gap * (columns - 1)) // columns, (h - gap * (rows - 1)) // rows
    return [
        (x + column * (wide + gap), y + row * (high + gap), wide, high)
        for row in range(rows)
        for column in range(columns)
    ]


def windows(boxes: list[Rect], first: int = 0) -> tuple[Window, ...]:
    """Return windows with one person each."""
    return tuple(Window(box=box, file=FACES[first + n]) for n, box in enumerate(boxes))


def call_2() -> Scene:
    """Two rounded windows with names and a highlighted border."""
    boxes = cells((16, 183, 1248, 354), 2, 1, gap=16)
    return _call("call_2", boxes, radius=14, plates=True, highlight=True)


def call_3() -> Scene:
    """Two windows and one below them in the middle."""
    top = cells((160, 16, 960, 336), 2, 1, gap=12)
    return _call("call_3", [*top, (403, 364, 474, 336)], radius=10, plates=True)


def call_4() -> Scene:
    """Four windows with thin gutters."""
    return _call("call_4", cells((4, 4, 1272, 712), 2, 2, gap=4), highlight=True)


def call_6() -> Scene:
    """Six windows."""
    boxes = cells((14, 130, 1252, 460), 3, 2, gap=10)
    return _call("call_6", boxes, radius=8, plates=True, highlight=True)


def call_12() -> Scene:
    """Twelve windows."""
    boxes = cells((10, 30, 1260, 660), 4, 3, gap=8)
    return _call("call_12", boxes, radius=8, plates=True, highlight=True)


def seamless_2() -> Scene:
    """Two halves of a picture without anything between."""
    return _call("seamless_2", cells((0, 0, 1280, 720), 2, 1), first=1)


def seamless_3() -> Scene:
    """Three thirds; borders lie between the small pictures' pixels."""
    return _call("seamless_3", cells((0, 0, 1281, 720), 3, 1))


def seamless_4() -> Scene:
    """Four quarters."""
    return _call("seamless_4", cells((0, 0, 1280, 720), 2, 2))


def seamless_6() -> Scene:
    """Six sixths."""
    return _call("seamless_6", cells((0, 0, 1281, 720), 3, 2))


def _call(
    name: str,
    boxes: list[Rect],
    *,
    first: int = 0,
    radius: int = 0,
    plates: bool = False,
    highlight: bool = False,
) -> Scene:
    """Return a call in which the plain ground around the windows is no part of the picture."""
    boxes = [(x, y, min(w, 1280 - x), h) for x, y, w, h in boxes]
    left, top = min(b[0] for b in boxes), min(b[1] for b in boxes)
    right, bottom = max(b[0] + b[2] for b in boxes), max(b[1] + b[3] for b in boxes)
    return Scene(
        name=name,
        ground=plain(DARK),
        windows=windows(boxes, first),
        picture=(left, top, right - left, bottom - top),
        radius=radius,
        plates=plates,
        highlight=highlight,
    )


SCENES: dict[str, Callable[[], Scene]] = {
    scene.__name__: scene
    for scene in (
        call_2,
        call_3,
        call_4,
        call_6,
        call_12,
        seamless_2,
        seamless_3,
        seamless_4,
        seamless_6,
    )
}
