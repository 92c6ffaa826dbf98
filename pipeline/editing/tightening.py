"""Decides which seconds of a clip remain when pauses and hesitations are cut.

A cut is between two words and never inside one. A pause is cut only where it is quiet, right after
a word or right before one: laughter, applause and music between two sentences belong to the talk.
Of every pause, as much remains as a speaker in a hurry would make.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pipeline.core.data import Options, Span, Tightening, Word
from pipeline.core.timemap import joined
from pipeline.editing.silence import LEVEL_STEP_S, QuietFinder
from pipeline.language.fillers import find_fillers

MIN_CUT_S = 0.15  # a shorter cut is not worth its joint
MIN_PIECE_S = 0.25  # a shorter piece between two joints would only flash
WORD_MARGIN_S = 0.03  # always kept beside a word
MAX_WORD_DISTANCE_S = 0.25  # maximum distance from a word; farther off is laughter or music
JOINT_STEPS = 4  # levels on each side among which a joint is put at the quietest
JOINT_S = (JOINT_STEPS + 0.5) * LEVEL_STEP_S
MAX_EARLY_ONSET_S = 0.1  # how far a hesitation may begin before its recognized time


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How pauses are shortened; seconds."""

    min_pause_s: float  # shortest pause that is shortened
    after_s: float  # kept after the word before it
    before_s: float  # kept before the word after it
    end_s: float  # kept after the last word of the clip


PACES: dict[Tightening, Pace] = {
    "natural": Pace(min_pause_s=0.5, after_s=0.14, before_s=0.14, end_s=0.6),
    "fast": Pace(min_pause_s=0.28, after_s=0.06, before_s=0.07, end_s=0.35),
}


@dataclass(frozen=True, slots=True)
class _Gap:
    """The stretch between two words that remain, or between one and an end of the clip."""

    span: Span
    sounds: Span | None  # the hesitations in it
    middle_s: float  # middle of the word before it
    opens: bool = False  # whether no word comes before it
    closes: bool = False  # whether no word comes after it


def find_kept_spans(
    words: Sequence[Word],
    span: Span,
    *,
    options: Options,
    language: str,
    quiet: QuietFinder,
    step_s: float,
    left_out: Sequence[Span] = (),
) -> tuple[Span, ...]:
    """Return the parts of `span` that remain, ascending; () if nothing is cut, as in Clip.kept.

    `words` are spoken in `span`; all times are on the source timeline. `left_out` goes whatever the
    options are. Every cut except one at the
    very end is a multiple of `step_s`, the duration of a picture, so that pictures keep their own
    times.
    """
    cutter = _Cutter(options, quiet, step_s)
    omitted = [cut for gap in left_out if (cut := _omit(gap, span, quiet, step_s)) is not None]
    cuts = list(omitted)
    for piece in _pieces_between(span, omitted):
        own = [w for w in words if piece.start_s <= (w.start_s + w.end_s) / 2 < piece.end_s]
        cuts += [
            cut
            for gap in _gaps(own, piece, language if options.remove_fillers else "")
            for cut in cutter.of(gap)
            if cut.duration_s >= MIN_CUT_S - 1e-6
        ]
    return _apply_cuts(span, sorted(cuts, key=lambda cut: cut.start_s), firm=omitted)


def find_kept_in_order(
    words: Sequence[Word],
    order: Sequence[Span],
    *,
    options: Options,
    language: str,
    quiet: QuietFinder,
    step_s: float,
    left_out: Sequence[Span] = (),
) -> tuple[Span, ...]:
    """Return what remains of each part of `order`, in playing order; see `find_kept_spans`.

    Parts begin and end whole steps from the start of the first, and what remains of each is whole
    steps long: pictures keep their own times.
    """
    kept: list[Span] = []
    for part, placed in zip(order, _on_steps(order, quiet, step_s), strict=True):
        *pieces, last = find_kept_spans(
            [w for w in words if part.start_s <= (w.start_s + w.end_s) / 2 < part.end_s],
            placed,
            options=options,
            language=language,
            quiet=quiet,
            step_s=step_s,
            left_out=[gap for gap in left_out if _overlap_s(gap, part) >= step_s / 2],
        ) or (placed,)
        long_s = sum(piece.duration_s for piece in pieces) + last.duration_s
        missing_s = math.ceil(long_s / step_s - 1e-6) * step_s - long_s
        kept += [*pieces, replace(last, end_s=min(last.end_s + missing_s, placed.end_s))]
    return joined(kept)


def _on_steps(order: Sequence[Span], quiet: QuietFinder, step_s: float) -> list[Span]:
    """Return parts whose borders are at the quietest of the nearest whole steps."""
    from_s, reach = order[0].start_s, math.floor(JOINT_S / step_s)

    def near(t_s: float) -> float:
        steps = round((t_s - from_s) / step_s)
        found = (from_s + n * step_s for n in range(steps - reach, steps + reach + 1))
        beside = [at_s for at_s in found if at_s >= 0] or [max(0.0, t_s)]
        return min(beside, key=lambda at_s: (quiet.level(at_s), abs(at_s - t_s)))

    starts = [from_s, *(near(part.start_s) for part in order[1:])]
    ends = [
        min([near(part.end_s), *(s for s in starts if s > start_s)])
        for part, start_s in zip(order, starts, strict=True)
    ]
    return [Span(start_s=a, end_s=b) for a, b in zip(starts, ends, strict=True)]


def _overlap_s(a: Span, b: Span) -> float:
    return min(a.end_s, b.end_s) - max(a.start_s, b.start_s)


def _omit(gap: Span, span: Span, quiet: QuietFinder, step_s: float) -> Span | None:
    """Return the whole steps of `gap` within `span`, between the quietest moments at its ends.

    None if nothing is left of it. At an end of `span` it reaches that end.
    """
    opens = gap.start_s < span.start_s + step_s
    closes = gap.end_s > span.end_s - step_s
    start_s = span.start_s if opens else gap.start_s
    end_s = span.end_s if closes else min(gap.end_s, span.end_s)
    if end_s - start_s < step_s / 2:
        return None
    steps = math.floor((end_s - start_s) / step_s + 1e-6)
    beside = [
        0.0,
        *(sign * k * LEVEL_STEP_S for k in range(1, JOINT_STEPS + 1) for sign in (-1, 1)),
    ]
    found = [
        Span(start_s=a, end_s=span.end_s if closes else a + n * step_s)
        for n in (range(1) if closes else range(max(1, steps - 1), steps + 3))
        for a in (start_s + by_s for by_s in ([0.0] if opens else beside))
        if a >= span.start_s and (closes or abs(a + n * step_s - end_s) < JOINT_S)
    ]
    return min(
        found,
        key=lambda cut: (
            quiet.level(cut.start_s) + quiet.level(cut.end_s),
            abs(cut.start_s - start_s) + abs(cut.end_s - end_s),
        ),
        default=None,
    )


def _gaps(words: Sequence[Word], span: Span, language: str) -> Iterator[_Gap]:
    """Yield the gaps between remaining words; none if no word would remain."""
    sounds = find_fillers(words, language)
    if all(sounds):
        return
    at_s, middle_s, run = span.start_s, span.start_s, list[Word]()
    opens = True
    for word, is_hesitation in zip(words, sounds, strict=True):
        if is_hesitation:
            run.append(word)
            continue
        start_s, end_s = min(word.start_s, span.end_s), min(word.end_s, span.end_s)
        if start_s > at_s:
            gap = Span(start_s=at_s, end_s=start_s)
            yield _Gap(gap, _hesitation_span(run, gap), middle_s, opens=opens)
        at_s, middle_s = max(at_s, end_s), max(middle_s, (start_s + end_s) / 2)
        opens, run = False, []
    if span.end_s > at_s:
        gap = Span(start_s=at_s, end_s=span.end_s)
        yield _Gap(gap, _hesitation_span(run, gap), middle_s, closes=True)


def _hesitation_span(run: Sequence[Word], within: Span) -> Span | None:
    """Return the span from the first to the last of some hesitations; None without any."""
    if not run:
        return None
    first_s = min(max(min(w.start_s for w in run), within.start_s), within.end_s)
    last_s = min(max(first_s, *(w.end_s for w in run)), within.end_s)
    return Span(start_s=first_s, end_s=last_s)


class _Cutter:
    """Finds the cuts within each gap."""

    def __init__(self, options: Options, quiet: QuietFinder, step_s: float) -> None:
        self._quiet, self._step_s = quiet, step_s
        self._shortens = options.remove_silences is not None
        self._pace = PACES[options.remove_silences or "natural"]

    def of(self, gap: _Gap) -> Iterator[Span]:
        """Yield the cuts of a gap, in order; some may be too short to be worthwhile."""
        if gap.sounds is not None:
            yield self._hesitation(gap, gap.sounds)
        elif self._shortens:
            for part in self._quiet.within(gap.span):
                # the end of a tune, or a laugh that swells again, is not a pause in speech
                after, before = part.start_s - gap.span.start_s, gap.span.end_s - part.end_s
                if min(after, before) <= MAX_WORD_DISTANCE_S:
                    yield self._pause(part, gap)

    def _pause(self, part: Span, gap: _Gap) -> Span:
        """Return the middle of a quiet part if it is long enough; otherwise an empty span."""
        pace = self._pace
        after_s, before_s = pace.after_s, pace.before_s
        if gap.opens and part.start_s <= gap.span.start_s + WORD_MARGIN_S:
            part, after_s = Span(start_s=gap.span.start_s, end_s=part.end_s), 0.0
        if gap.closes and part.end_s >= gap.span.end_s:
            return Span(start_s=min(part.start_s + pace.end_s, part.end_s), end_s=part.end_s)
        if part.duration_s < pace.min_pause_s:
            return Span(start_s=part.start_s, end_s=part.start_s)
        start_s = part.start_s + after_s
        whole_s = part.end_s - before_s - start_s
        return Span(start_s=start_s, end_s=start_s + self._whole_steps(whole_s))

    def _hesitation(self, gap: _Gap, sounds: Span) -> Span:
        """Return the hesitations and the quiet around them, except for the pause that remains."""
        start_s = low_s = self._onset(gap, sounds)
        end_s = high_s = sounds.end_s
        if gap.opens:
            start_s = low_s = gap.span.start_s
        elif (before := self._touching(gap.span.start_s, start_s, at_end=True)) is not None:
            start_s = max(before, min(start_s, gap.span.start_s + self._pace.after_s))
            low_s = min(start_s, max(before, gap.span.start_s + WORD_MARGIN_S))
        if gap.closes:
            return Span(start_s=start_s, end_s=gap.span.end_s)
        if (after := self._touching(end_s, gap.span.end_s, at_end=False)) is not None:
            end_s = min(after, max(end_s, gap.span.end_s - self._pace.before_s))
            high_s = max(end_s, min(after, gap.span.end_s - WORD_MARGIN_S))
        return self._on_steps(Span(start_s=start_s, end_s=end_s), low_s, high_s)

    def _onset(self, gap: _Gap, sounds: Span) -> float:
        """Return when the hesitations really begin if the word before seems to touch them.

        Recognizers count the pause between the two as part of the word; a quiet moment separates
        them.
        """
        if sounds.start_s - gap.span.start_s > WORD_MARGIN_S:
            return sounds.start_s
        from_s = max(gap.middle_s, sounds.start_s - MAX_EARLY_ONSET_S)
        parts = self._quiet.within(Span(start_s=from_s, end_s=sounds.start_s))
        return parts[-1].end_s if parts else sounds.start_s

    def _touching(self, start_s: float, end_s: float, *, at_end: bool) -> float | None:
        """Return the far end of the quiet that touches the sounds, at its end or its start."""
        parts = self._quiet.within(Span(start_s=start_s, end_s=end_s))
        if not parts:
            return None
        part = parts[-1] if at_end else parts[0]
        distance_s = end_s - part.end_s if at_end else part.start_s - start_s
        if distance_s > WORD_MARGIN_S:
            return None
        return part.start_s if at_end else part.end_s

    def _on_steps(self, cut: Span, low_s: float, high_s: float) -> Span:
        """Lengthen the cut to whole steps within low and high, or else shorten it."""
        longer_s = math.ceil(cut.duration_s / self._step_s - 1e-6) * self._step_s
        if cut.end_s - longer_s >= low_s:
            return Span(start_s=cut.end_s - longer_s, end_s=cut.end_s)
        if cut.start_s + longer_s <= high_s:
            return Span(start_s=cut.start_s, end_s=cut.start_s + longer_s)
        return Span(start_s=cut.start_s, end_s=cut.start_s + self._whole_steps(cut.duration_s))

    def _whole_steps(self, seconds: float) -> float:
        return max(0, math.floor(seconds / self._step_s + 1e-6)) * self._step_s


def _apply_cuts(span: Span, cuts: list[Span], firm: Sequence[Span]) -> tuple[Span, ...]:
    """Return what the cuts leave of `span`; those beside a very short piece go, but not `firm`."""
    at = 0
    while at <= len(cuts):
        piece = _pieces_between(span, cuts)[at]
        beside = [cuts[n] for n in (at - 1, at) if 0 <= n < len(cuts) and cuts[n] not in firm]
        if cuts and beside and 0 < piece.duration_s < MIN_PIECE_S:
            cuts.remove(min(beside, key=lambda cut: cut.duration_s))
            at = 0
        else:
            at += 1
    return tuple(p for p in _pieces_between(span, cuts) if p.duration_s > 0) if cuts else ()


def _pieces_between(span: Span, cuts: Sequence[Span]) -> list[Span]:
    """Return one piece more than there are cuts; at an end of `span` the piece is empty."""
    borders = [span.start_s, *(t for cut in cuts for t in (cut.start_s, cut.end_s)), span.end_s]
    return [Span(start_s=a, end_s=b) for a, b in zip(borders[::2], borders[1::2], strict=True)]
