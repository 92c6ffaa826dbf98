"""Restrict a source to the range that the caller requested."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from pipeline.core.data import Span, Word
from pipeline.core.errors import RangeOutside, TooLong, TooShort

MIN_RANGE_S = 5.0  # the same as the minimum length of a source
MIN_SPAN_S = 1e-3  # a shorter rest of a span is dropped
LONGEST_WHOLE_S = 180.0  # longest source that becomes one clip as a whole
SLACK_S = 0.5  # tolerance on that: sound and picture end at different times


def resolve_range(end_s: float, requested: Span | None) -> Span | None:
    """Clip the requested range to a source of `end_s` seconds; None, for all of it, stays None.

    Raises RangeOutside if it starts at or after the end, TooShort if too little of it is left.
    """
    if requested is None:
        return None
    if requested.start_s >= end_s:
        raise RangeOutside(
            f"The range begins at {requested.start_s:g} s, but the source is only {end_s:.1f} s "
            "long; it must begin before the end."
        )
    left = Span(start_s=max(0.0, requested.start_s), end_s=min(requested.end_s, end_s))
    if left.duration_s < MIN_RANGE_S:
        raise TooShort(
            f"Only {left.duration_s:.1f} s of the source lie within the range (the source is "
            f"{end_s:.1f} s long); clips need at least {MIN_RANGE_S:g} s."
        )
    return left


def check_whole(end_s: float, requested: Span | None) -> None:
    """Raise TooLong where a source of `end_s`, or its range, is too long for a single clip."""
    used = resolve_range(end_s, requested) or Span(start_s=0.0, end_s=end_s)
    if used.duration_s > LONGEST_WHOLE_S + SLACK_S:
        what = "source lasts" if requested is None else "range has"
        raise TooLong(
            f"The {what} {used.duration_s:.1f} s; as a whole it becomes a clip of at most "
            f"{LONGEST_WHOLE_S:g} s. Give a shorter range, or have moments picked."
        )


def cut_spans(spans: Iterable[Span], bound: Span | None) -> tuple[Span, ...]:
    """Return the parts of the spans within `bound`; None: all."""
    if bound is None:
        return tuple(spans)
    parts = (
        Span(start_s=max(s.start_s, bound.start_s), end_s=min(s.end_s, bound.end_s)) for s in spans
    )
    return tuple(part for part in parts if part.duration_s > MIN_SPAN_S)


def cut_words(words: Sequence[Word], bound: Span | None) -> tuple[Word, ...]:
    """Return the words that start within `bound`, their ends clipped to it; None: all."""
    if bound is None:
        return tuple(words)
    return tuple(
        replace(w, end_s=min(w.end_s, bound.end_s))
        for w in words
        if bound.start_s <= w.start_s < bound.end_s
    )
