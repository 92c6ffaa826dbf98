"""Finds which stretches of a source a clip is made of: long parts that it does without are skipped.

A highlight reel may join moments that are an hour apart. What lies between them is neither decoded
nor examined: its pictures and sound would take minutes and gigabytes.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from pipeline.core.data import CropPath, CropSegment, Span, Word
from pipeline.core.timemap import TimeMap

MIN_SKIP_S = 15.0  # a shorter part is read through: a seek goes back to a key frame, too
MARGIN_S = 0.5  # read beside a skipped part: crossfades, and cuts that fall on whole pictures


def shown(span: Span, left_out: Sequence[Span]) -> tuple[Span, ...]:
    """Return the parts of `span` between those of `left_out` that are long; at least one.

    `left_out` ascends and lies within `span`.
    """
    long = [gap for gap in left_out if gap.duration_s >= MIN_SKIP_S]
    borders = [span.start_s, *(t for gap in long for t in (gap.start_s, gap.end_s)), span.end_s]
    return tuple(
        Span(start_s=a, end_s=b) for a, b in zip(borders[::2], borders[1::2], strict=True) if a < b
    )


def to_read(span: Span, left_out: Sequence[Span]) -> tuple[Span, ...]:
    """Return the parts of `shown`, a little longer where they meet a long part that is left out."""
    return shown(
        span,
        [
            Span(start_s=gap.start_s + MARGIN_S, end_s=gap.end_s - MARGIN_S)
            for gap in left_out
            if gap.duration_s >= MIN_SKIP_S + 2 * MARGIN_S
        ],
    )


def opening(span: Span, left_out: Sequence[Span], order: Sequence[Span] = ()) -> tuple[Span, ...]:
    """Return what to read of the first run of a clip: all, as in `to_read`, without an order."""
    if not order:
        return to_read(span, left_out)
    run = TimeMap(tuple(order)).runs()[0].span
    inside = [gap for gap in left_out if _holds(run, gap)]
    return to_read(replace(run, end_s=run.end_s + MARGIN_S), inside)


def rest_of(run: TimeMap, from_s: float) -> tuple[Span, ...]:
    """Return what to read of a run whose pieces are final, from a time of the source on."""
    left = gaps(run.kept, ())
    return to_read(replace(run.span, start_s=from_s), [gap for gap in left if gap.start_s > from_s])


def gaps(parts: Sequence[Span], left_out: Sequence[Span]) -> tuple[Span, ...]:
    """Return what a clip of `parts` does without: what lies between them, and `left_out` within."""
    between = [Span(start_s=a.end_s, end_s=b.start_s) for a, b in pairwise(parts)]
    inside = [gap for gap in left_out if any(_holds(part, gap) for part in parts)]
    return tuple(sorted((*between, *inside), key=lambda gap: gap.start_s))


def _holds(part: Span, gap: Span) -> bool:
    return part.start_s <= gap.start_s and gap.end_s <= part.end_s


def joints(cut: TimeMap) -> list[float]:
    """Return when, on the clip's clock, another moment begins.

    It does so after a long part was left out, and where another part plays than follows in the
    source.
    """
    runs = {run.begins_s for run in cut.runs()}
    return [
        begins_s
        for (before, _), (after, begins_s) in pairwise(cut.pieces())
        if begins_s in runs or after.start_s - before.end_s >= MIN_SKIP_S
    ]


def spoken_in(part: Span, words: Sequence[Word]) -> tuple[Word, ...]:
    """Return the words of a part, judged by their middles."""
    return tuple(w for w in words if part.start_s <= (w.start_s + w.end_s) / 2 < part.end_s)


def join_paths(paths: Sequence[CropPath]) -> CropPath:
    """Return one path along those of successive parts, which changes half-way between them.

    A cut may end a picture early: what it shows then already has the crop of the later part.
    """
    segments: list[CropSegment] = []
    for path in paths:
        first, *rest = path.segments
        if segments:
            middle_s = (segments[-1].end_s + first.start_s) / 2
            segments[-1] = replace(segments[-1], end_s=middle_s)
            first = replace(first, start_s=middle_s)
        segments += [first, *rest]
    return replace(paths[0], segments=tuple(segments))
