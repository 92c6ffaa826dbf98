"""What is left of a stretch of the source after cutting, and the clock that runs through it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from pipeline.core.data import Span, Word

STOPS = tuple(".!?…。！？؟।॥")
COMMAS = ",;:，、；：،؛"


@dataclass(frozen=True, slots=True)
class TimeMap:
    """The clip's clock: 0 is where the first of the `kept` spans begins, what is between is gone.

    `kept` are at least one span of the source timeline, ascending, none touching the next.
    """

    kept: tuple[Span, ...]

    @property
    def duration_s(self) -> float:
        """Length of all that is kept."""
        return sum(span.duration_s for span in self.kept)

    @property
    def span(self) -> Span:
        """From the first moment that is kept to the last, on the source timeline."""
        return Span(start_s=self.kept[0].start_s, end_s=self.kept[-1].end_s)

    def pieces(self) -> Iterator[tuple[Span, float]]:
        """Each kept span, and when it begins on the clip's clock."""
        begins_s = 0.0
        for span in self.kept:
            yield span, begins_s
            begins_s += span.duration_s

    def to_clip(self, t_s: float) -> float:
        """When a moment of the source comes in the clip; one that was cut: where it would."""
        at_s = 0.0
        for span, begins_s in self.pieces():
            if t_s < span.start_s:
                break
            at_s = begins_s + min(t_s, span.end_s) - span.start_s
        return at_s

    def to_source(self, t_s: float) -> float:
        """The moment of the source that is seen and heard at `t_s` of the clip."""
        for span, begins_s in self.pieces():
            if t_s < begins_s + span.duration_s:
                return span.start_s + max(0.0, t_s - begins_s)
        return self.kept[-1].end_s

    def holds(self, t_s: float) -> bool:
        """Whether this moment of the source is in the clip."""
        return any(span.start_s <= t_s < span.end_s for span in self.kept)

    def speaks(self, word: Word) -> bool:
        """Whether a word of the source is said in the clip."""
        return self.holds((word.start_s + word.end_s) / 2)


def said(words: Iterable[Word], cut: TimeMap) -> tuple[Word, ...]:
    """The words that are heard in the clip, on its clock.

    Where a word that began or ended a sentence was cut, its capital or its full stop passes on.
    """
    heard: list[Word] = []
    capital, opens = False, True  # a cut word had one; a sentence is to begin
    for word in words:
        ends = word.text.endswith(STOPS)
        if cut.speaks(word):
            text = word.text[:1].upper() + word.text[1:] if capital else word.text
            start_s, end_s = cut.to_clip(word.start_s), cut.to_clip(word.end_s)
            heard.append(replace(word, text=text, start_s=start_s, end_s=end_s))
            capital, opens = False, ends
            continue
        capital = not ends and (capital or (opens and word.text[:1].isupper()))
        if ends and not opens and heard and not heard[-1].text.endswith(STOPS):
            stopped = heard[-1].text.rstrip(COMMAS) + word.text[-1]
            heard[-1] = replace(heard[-1], text=stopped)
        opens = opens or ends
    return tuple(heard)
