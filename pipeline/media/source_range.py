"""The part of a source that is listened to."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from pipeline.core.data import Span, Word
from pipeline.core.errors import RangeOutside, TooShort

SHORTEST_S = 5.0  # as short as the shortest source
EDGE_S = 1e-3  # less of a span than this is none


def wanted(end_s: float, asked: Span | None) -> Span | None:
    """`asked`, cut at the end of a source of `end_s` seconds; None stays None: all of it.

    Raises RangeOutside where it begins at or after the end, TooShort where little is left of it.
    """
    if asked is None:
        return None
    if asked.start_s >= end_s:
        raise RangeOutside(
            f"The range begins at {asked.start_s:g} s, but the source is only {end_s:.1f} s long; "
            "it must begin before the end."
        )
    left = Span(start_s=max(0.0, asked.start_s), end_s=min(asked.end_s, end_s))
    if left.duration_s < SHORTEST_S:
        raise TooShort(
            f"Only {left.duration_s:.1f} s of the source lie within the range (the source is "
            f"{end_s:.1f} s long); clips need at least {SHORTEST_S:g} s."
        )
    return left


def cut_spans(spans: Iterable[Span], bound: Span | None) -> tuple[Span, ...]:
    """What of the spans lies within `bound`; None: all."""
    if bound is None:
        return tuple(spans)
    parts = (
        Span(start_s=max(s.start_s, bound.start_s), end_s=min(s.end_s, bound.end_s)) for s in spans
    )
    return tuple(part for part in parts if part.duration_s > EDGE_S)


def cut_words(words: Sequence[Word], bound: Span | None) -> tuple[Word, ...]:
    """The words that begin within `bound`, none ending after it; None: all."""
    if bound is None:
        return tuple(words)
    return tuple(
        replace(w, end_s=min(w.end_s, bound.end_s))
        for w in words
        if bound.start_s <= w.start_s < bound.end_s
    )
