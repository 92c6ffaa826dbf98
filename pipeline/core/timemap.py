"""The pieces of a source that a clip plays, in that order, and the clock that runs through them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from pipeline.core.data import Highlight, Span, Word

STOPS = tuple(".!?…。！？؟।॥")
COMMAS = ",;:，、；：،؛"
MIN_PART_S = 0.25  # a shorter part would only flash
MOMENT_S = 1e-3
TOUCH_S = 1e-6  # pieces that are less apart are one


@dataclass(frozen=True, slots=True)
class TimeMap:
    """Maps the source timeline to the clip's clock, which starts at 0 and skips whatever was cut.

    `kept` holds at least one span of the source timeline, in playing order; spans do not overlap,
    and none begins where the one before it ends.
    """

    kept: tuple[Span, ...]
    begins_s: float = 0.0  # when the first piece begins on the clip's clock

    @property
    def duration_s(self) -> float:
        """Total length of the kept spans."""
        return sum(span.duration_s for span in self.kept)

    @property
    def span(self) -> Span:
        """From the earliest kept moment to the latest, on the source timeline."""
        return Span(
            start_s=min(span.start_s for span in self.kept),
            end_s=max(span.end_s for span in self.kept),
        )

    def pieces(self) -> Iterator[tuple[Span, float]]:
        """Yield each kept span and its start on the clip's clock."""
        begins_s = self.begins_s
        for span in self.kept:
            yield span, begins_s
            begins_s += span.duration_s

    def runs(self, from_s: float = 0.0) -> tuple["TimeMap", ...]:
        """Return the runs that end after clip time `from_s`; at least the last.

        A run holds pieces that also follow one another in the source, nothing of the clip between
        them. A clip in the order of its talk is one run.
        """
        follows = dict(pairwise(sorted(self.kept, key=lambda span: span.start_s)))
        runs: list[TimeMap] = []
        for span, begins_s in self.pieces():
            if runs and follows.get(runs[-1].kept[-1]) == span:
                runs[-1] = replace(runs[-1], kept=(*runs[-1].kept, span))
            else:
                runs.append(TimeMap((span,), begins_s))
        left = [run for run in runs if run.begins_s + run.duration_s > from_s + TOUCH_S]
        return tuple(left or runs[-1:])

    def to_clip(self, t_s: float) -> float:
        """Return the clip time of a source time.

        For a moment that was cut, it is the end of the piece before it in the source.
        """
        pieces = sorted(self.pieces(), key=lambda piece: piece[0].start_s)
        begun = [piece for piece in pieces if piece[0].start_s <= t_s]
        span, begins_s = begun[-1] if begun else pieces[0]
        return begins_s + max(0.0, min(t_s, span.end_s) - span.start_s)

    def to_source(self, t_s: float) -> float:
        """Return the source time shown at clip time `t_s`."""
        for span, begins_s in self.pieces():
            if t_s < begins_s + span.duration_s:
                return span.start_s + max(0.0, t_s - begins_s)
        return self.kept[-1].end_s

    def nearest(self, t_s: float) -> float:
        """Return the kept moment nearest to `t_s`, in seconds of the source; never an end."""
        inside = (
            max(span.start_s, min(t_s, span.end_s - min(MOMENT_S, span.duration_s)))
            for span in self.kept
        )
        return min(inside, key=lambda at_s: abs(at_s - t_s))

    def holds(self, t_s: float) -> bool:
        """Return whether the clip contains this moment of the source."""
        return any(span.start_s <= t_s < span.end_s for span in self.kept)

    def includes_word(self, word: Word) -> bool:
        """Return whether the clip contains a word of the source, judged by its middle."""
        return self.holds((word.start_s + word.end_s) / 2)


def remap_words(words: Iterable[Word], cut: TimeMap) -> tuple[Word, ...]:
    """Return the words that remain in the clip, as they play, with times on its clock.

    If a word that started or ended a sentence was cut, or plays elsewhere, its capital or its full
    stop moves to the neighboring word.
    """
    spoken = tuple(words)
    return tuple(word for run in cut.runs() for word in _remaining(spoken, run))


def _remaining(words: Sequence[Word], cut: TimeMap) -> list[Word]:
    """Return the words of one run."""
    remaining: list[Word] = []
    capital, opens = False, True  # a cut word was capitalized; the next word starts a sentence
    for word in words:
        ends = word.text.endswith(STOPS)
        if cut.includes_word(word):
            text = word.text[:1].upper() + word.text[1:] if capital else word.text
            start_s, end_s = cut.to_clip(word.start_s), cut.to_clip(word.end_s)
            remaining.append(replace(word, text=text, start_s=start_s, end_s=end_s))
            capital, opens = False, ends
            continue
        capital = not ends and (capital or (opens and word.text[:1].isupper()))
        if ends and not opens and remaining and not remaining[-1].text.endswith(STOPS):
            stopped = remaining[-1].text.rstrip(COMMAS) + word.text[-1]
            remaining[-1] = replace(remaining[-1], text=stopped)
        opens = opens or ends
    return remaining


def pieces_of(highlight: Highlight) -> tuple[Span, ...]:
    """Return the pieces that a clip of a highlight plays, in playing order; () if nothing is left.

    They are its parts without what is left out of them.
    """
    parts = highlight.order or (Span(start_s=highlight.start_s, end_s=highlight.end_s),)
    return tuple(piece for part in parts for piece in _without(part, highlight.left_out))


def omitted(highlight: Highlight) -> tuple[Span, ...]:
    """Return all that a clip of a highlight does without, ascending."""
    whole = Span(start_s=highlight.start_s, end_s=highlight.end_s)
    return _without(whole, sorted(pieces_of(highlight), key=lambda piece: piece.start_s))


def _without(span: Span, gone: Sequence[Span]) -> tuple[Span, ...]:
    """Return what is left of a span; `gone` ascends."""
    left, at_s = [], span.start_s
    for gap in gone:
        left.append(Span(start_s=at_s, end_s=min(gap.start_s, span.end_s)))
        at_s = max(at_s, gap.end_s)
    left.append(Span(start_s=at_s, end_s=span.end_s))
    return tuple(piece for piece in left if piece.duration_s > 0)


def order_within(parts: Sequence[Span], span: Span) -> tuple[Span, ...]:
    """Return parts in playing order as far as `span` holds them; () if that is all of it, in order.

    Parts that touch and follow one another are joined; those shorter than MIN_PART_S are dropped.
    """
    inside = [
        Span(start_s=max(part.start_s, span.start_s), end_s=min(part.end_s, span.end_s))
        for part in parts
    ]
    order = tuple(p for p in joined(inside) if p.duration_s >= MIN_PART_S)
    return () if order == (span,) else order


def joined(pieces: Iterable[Span]) -> tuple[Span, ...]:
    """Return pieces in playing order, those as one that go on where the one before ends."""
    found: list[Span] = []
    for piece in pieces:
        if piece.duration_s <= 0:
            continue
        if found and abs(piece.start_s - found[-1].end_s) < TOUCH_S:
            found[-1] = replace(found[-1], end_s=piece.end_s)
        else:
            found.append(piece)
    return tuple(found)


def moved_order(parts: Sequence[Span], before: Span, after: Span) -> tuple[Span, ...]:
    """Return the order of a clip that was `before` and now is `after`.

    What it gains at its start plays right before the part that is the earliest in the source; what
    it gains at its end, right after the latest.
    """
    inside = [p for p in parts if p.start_s < after.end_s and p.end_s > after.start_s]
    if not inside:
        return ()
    first = inside.index(min(inside, key=lambda part: part.start_s))
    inside.insert(first, Span(start_s=after.start_s, end_s=before.start_s))
    last = inside.index(max(inside, key=lambda part: part.end_s))
    inside.insert(last + 1, Span(start_s=before.end_s, end_s=after.end_s))
    return order_within(inside, after)
