"""Finds plain bars at the sides of a picture, or of a cell of it.

A bar keeps one color to its last line, and there the picture begins with a straight step; a dark or
plain part of a filmed picture fades. Writing in a bar, such as a subtitle, does not end it.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.core.areas import Area
from pipeline.vision.still_picture import View, Views, largest

PLAIN_LEVELS = 6  # difference in any channel, 0..255, within which colors are the same
MIN_PLAIN_SHARE = 0.95  # share of a line that is one color
MIN_WINDOW_SHARE = 0.15  # share of the line beside a margin: a last row may have one window of six
BLACK_LEVELS = 24  # brightest channel of black, 0..255, coded at 16..235 and with noise
BAR_ENDS = 0.06  # share of a line, at both ends: plain in a bar beside any writing
MAX_BAR = 0.45  # width of a bar, share of the picture's side
PURE_SHARE = 0.9  # share of a line that is all picture, relative to the next line

Color = tuple[int, int, int]  # RGB, 0..255
Colors = npt.NDArray[np.int16]  # (along the line, across the lines, 3), RGB


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What makes plain lines at the side of a cell a bar."""

    plain: float  # share of each line, at least; the rest is writing
    step: float  # share of the line beside the bar that differs from it, at least
    color: Color | None = None  # color of the bars, RGB; None: any
    twins: bool = False  # bars that are not black come in pairs


BAR = Rule(plain=0.3, step=0.5, twins=True)  # around a film; the head of a slide is no bar


def margin_of(color: Color) -> Rule:
    """Return the rule for what is left of a gutter's color around windows."""
    return Rule(plain=MIN_PLAIN_SHARE, step=MIN_WINDOW_SHARE, color=color)


def trim(views: Views, cell: Area, rule: Rule) -> Area:
    """Return the cell without plain bars at its sides, nor lines that are partly of a bar."""
    for _ in range(2):  # bars at all four sides: rows first, then what is left of the columns
        for axis in (1, 0):
            seen = cell.transposed() if axis else cell
            left, right = _bars(views[axis], seen, rule)
            first, last = seen.left + left, seen.right - right
            seen = Area(first, seen.top, last, seen.bottom)
            cell = seen.transposed() if axis else seen
    return cell


def _bars(view: View, cell: Area, rule: Rule) -> tuple[int, int]:
    """Return the widths of the bars at the left and at the right of a cell."""
    most = int(MAX_BAR * (cell.right - cell.left)) + 2
    colors = view.middle[cell.top : cell.bottom, cell.left : cell.right].astype(np.int16)
    still = view.still[cell.top : cell.bottom, cell.left : cell.right]
    if min(still.shape) < 3:
        return 0, 0
    widths = (
        _bar(colors[:, :most], still[:, :most], rule),
        _bar(colors[:, ::-1][:, :most], still[:, ::-1][:, :most], rule),
    )
    if not rule.twins:
        return widths
    grounds = np.median(colors[:, [0, -1]], axis=0)
    alike = bool(np.abs(grounds[0] - grounds[1]).max() <= PLAIN_LEVELS)
    twins = alike and min(widths) > 0
    left, right = (
        width if twins or ground.max() <= BLACK_LEVELS else 0
        for width, ground in zip(widths, grounds, strict=True)
    )
    return left, right


def _bar(colors: Colors, still: npt.NDArray[np.bool_], rule: Rule) -> int:
    """Return how many columns from the left are a bar or partly one."""
    ground = np.median(colors[:, 0], axis=0)
    if rule.color is not None and np.abs(ground - rule.color).max() > PLAIN_LEVELS:
        return 0
    if (largest(np.abs(colors[:, 0] - ground)) <= PLAIN_LEVELS).mean() < MIN_PLAIN_SHARE:
        return 0
    plain = (largest(np.abs(colors - ground.astype(np.int16))) <= PLAIN_LEVELS) & still
    share = plain.mean(axis=0)
    ends = max(1, round(BAR_ENDS * len(plain)))
    empty = np.minimum(plain[:ends].mean(axis=0), plain[-ends:].mean(axis=0)) >= MIN_PLAIN_SHARE
    bar = np.logical_and.accumulate(empty & (share >= rule.plain))
    # the last column of a bar, one that may be of both, and one of the picture
    steps = bar[:-2] & (share[:-2] >= MIN_PLAIN_SHARE) & (share[2:] <= 1 - rule.step)
    if not steps.any():
        return 0
    last = int(np.flatnonzero(steps)[-1])
    between, beyond = (colors[:, last + n] - ground for n in (1, 2))
    pure = float((between * beyond).sum() / max(1.0, (beyond * beyond).sum()))
    return last + 1 if pure >= PURE_SHARE else last + 2
