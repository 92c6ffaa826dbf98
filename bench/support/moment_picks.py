"""Compares picks with the planted moments of a scripted talk, in seconds of the source."""

from collections.abc import Mapping, Sequence

Span = Sequence[float]  # start and end, seconds

WHOLE_IOU = 0.8  # intersection over union with a pick from which a moment counts as whole
TOUCHED_S = 1.0  # overlap of a moment with a pick from which it counts as touched
EDGE_S = 1.0  # nearer to an end of the moment than this, a pick's end does not tear it


def overlap_s(a: Span, b: Span) -> float:
    """Return the seconds that two spans have in common."""
    return max(0.0, min(a[1], b[1]) - max(a[0], b[0]))


def whole(moment: Span, pick: Span) -> bool:
    """Whether the intersection over union is at least WHOLE_IOU."""
    common = overlap_s(moment, pick)
    return common >= WHOLE_IOU * (moment[1] - moment[0] + pick[1] - pick[0] - common)


def torn(moment: Span, pick: Span) -> bool:
    """Whether a pick begins or ends inside a moment."""
    return any(moment[0] + EDGE_S < at < moment[1] - EDGE_S for at in pick)


def judged(moments: Sequence[Mapping[str, float]], picks: Sequence[Span]) -> dict[str, int]:
    """Count the moments (`start_s`, `end_s`) that picks touch, have whole, and tear."""
    spans = [(moment["start_s"], moment["end_s"]) for moment in moments]
    return {
        "moments": len(spans),
        "touched": sum(any(overlap_s(s, p) >= TOUCHED_S for p in picks) for s in spans),
        "whole": sum(any(whole(s, p) for p in picks) for s in spans),
        "torn": sum(any(torn(s, p) for p in picks) for s in spans),
    }
