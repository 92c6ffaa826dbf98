"""What stays the same in the pictures of a shot: a median picture, still pixels and lasting edges.

Borders of windows and bars are drawn, so they stay to the pixel while what is filmed moves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from pipeline.core.areas import Area
from pipeline.media.frames import Picture

Level = TypeVar("Level", bound=np.generic)
U8 = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]

STRAY_PICTURES = 1  # in which an edge may lack, or a still pixel differ: a dissolve, a hand
NOISE_LEVELS = 8  # coding noise of a still pixel, 0..255
EDGE_LEVELS = 6  # range of three neighboring pixels in a channel, 0..255, at an edge
RIDGE_RATIO = 1.5  # ratio of an edge to the texture beside it
BESIDE = (3, 4)  # pixels from an edge: no part of it


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A shot's still picture, seen so that lines to be found are columns.

    Arrays have the shape (along a line, across the lines): (h, w) for vertical lines, (w, h) for
    horizontal ones.
    """

    middle: U8  # the median of the pictures, with a third axis for RGB
    still: Mask  # the pixel keeps its color
    ridges: Mask  # a lasting edge, clearer than the texture beside it
    smooth: Mask  # no edge


Views = tuple[View, View]  # one shot's, for vertical and for horizontal lines


def whole(view: View) -> Area:
    """Return the cell of the whole picture, as the view shows it."""
    rows, columns = view.still.shape
    return Area(left=0, top=0, right=columns, bottom=rows)


def views(pictures: Sequence[Picture], *, edges: bool = True) -> Views:
    """Summarize a shot's pictures, one or more RGB of one shape (h, w, 3).

    Without `edges`, which take most of the time, there are none.
    """
    ordered = _sort(pictures)
    stray = min(STRAY_PICTURES, (len(pictures) - 1) // 2)
    middle = ordered[len(ordered) // 2]
    still = largest(ordered[-1 - stray] - ordered[stray]) <= NOISE_LEVELS
    if not edges:
        none = np.zeros_like(still)
        return (
            View(middle=middle, still=still, ridges=none, smooth=~none),
            View(middle=middle.transpose(1, 0, 2), still=still.T, ridges=none.T, smooth=~none.T),
        )
    turned = [picture.transpose(1, 0, 2) for picture in pictures]
    return (
        _view(middle, still, _lasting_edges(pictures, stray)),
        _view(middle.transpose(1, 0, 2), still.T, _lasting_edges(turned, stray)),
    )


def largest(colors: npt.NDArray[Level]) -> npt.NDArray[Level]:
    """Return the largest of three channels, the last axis; ten times as fast as `max`."""
    found: npt.NDArray[Level] = np.maximum(colors[..., 0], colors[..., 1])
    np.maximum(found, colors[..., 2], out=found)
    return found


def _view(middle: U8, still: Mask, edges: U8) -> View:
    """Find where edges stand out from the texture on both of their sides."""
    across, reach = edges.shape[1], max(BESIDE)
    room = np.pad(edges, ((0, 0), (reach, reach)), mode="edge")
    beside = np.zeros_like(edges)
    for step in (-BESIDE[1], -BESIDE[0], *BESIDE):
        np.maximum(beside, room[:, reach + step : reach + step + across], out=beside)
    return View(
        middle=middle,
        still=still,
        ridges=(edges >= EDGE_LEVELS) & (edges >= RIDGE_RATIO * beside.astype(np.float32)),
        smooth=edges < EDGE_LEVELS,
    )


def _lasting_edges(pictures: Sequence[Picture], stray: int) -> U8:
    """Return the contrast of each pixel with its neighbors in a row that (almost) all share.

    Shape (h, w), levels 0..255; 0 in the first and the last column, which lack a neighbor.
    """
    edges = []
    for picture in pictures:
        a, b, c = picture[:, :-2], picture[:, 1:-1], picture[:, 2:]
        contrast = np.maximum(np.maximum(a, b), c) - np.minimum(np.minimum(a, b), c)
        edges.append(largest(contrast))
    return np.pad(_sort(edges)[stray], ((0, 0), (1, 1)))


def _sort(arrays: Sequence[U8]) -> list[U8]:
    """Sort each element over the arrays, by odd-even transposition.

    On 9 small pictures this is 15 times as fast as `np.sort` along the first axis.
    """
    ordered = list(arrays)
    for turn in range(len(ordered)):
        for i in range(turn % 2, len(ordered) - 1, 2):
            low = np.minimum(ordered[i], ordered[i + 1])
            ordered[i + 1] = np.maximum(ordered[i], ordered[i + 1])
            ordered[i] = low
    return ordered
