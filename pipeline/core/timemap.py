"""The parts of a source that remain after cutting, and the clip's clock that runs through them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from pipeline.core.data import Span, Word

STOPS = tuple(".!?…。！？؟।॥")
COMMAS = ",;:，、；：،؛"


@dataclass(frozen=True, slots=True)
class TimeMap:
    """Maps the source timeline to the clip's clock, which starts at 0 and skips whatever was cut.

    `kept` holds at least one span of the source timeline; spans ascend and do not touch.
    """

    kept: tuple[Span, ...]

    @property
    def duration_s(self) -> float:
        """Total length of the kept spans."""
        return sum(span.duration_s for span in self.kept)

    @property
    def span(self) -> Span:
        """From the first kept moment to the last, on the source timeline."""
        return Span(start_s=self.kept[0].start_s, end_s=self.kept[-1].end_s)

    def pieces(self) -> Iterator[tuple[Span, float]]:
        """Yield each kept span and its start on the clip's clock."""
        begins_s = 0.0
        for span in self.kept:
            yield span, begins_s
            begins_s += span.duration_s

    def to_clip(self, t_s: float) -> float:
        """Return the clip time of a source time; for a moment that was cut, the time of the cut."""
        at_s = 0.0
        for span, begins_s in self.pieces():
            if t_s < span.start_s:
                break
            at_s = begins_s + min(t_s, span.end_s) - span.start_s
        return at_s

    def to_source(self, t_s: float) -> float:
        """Return the source time shown at clip time `t_s`."""
        for span, begins_s in self.pieces():
            if t_s < begins_s + span.duration_s:
                return span.start_s + max(0.0, t_s - begins_s)
        return self.kept[-1].end_s

    def holds(self, t_s: float) -> bool:
        """Return whether the clip contains this moment of the source."""
        return any(span.start_s <= t_s < span.end_s for span in self.kept)

    def includes_word(self, word: Word) -> bool:
        """Return whether the clip contains a word of the source, judged by its middle."""
        return self.holds((word.start_s + word.end_s) / 2)


def remap_words(words: Iterable[Word], cut: TimeMap) -> tuple[Word, ...]:
    """Return the words that remain in the clip, with times on its clock.

    If a word that started or ended a sentence was cut, its capital or its full stop moves to the
    neighboring word.
    """
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
    return tuple(remaining)
