"""Returns the caption for each moment of a clip: grouped, placed, drawn once, then reused."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.captions.drawing.animation import Animation
from pipeline.captions.drawing.blending import Stamp
from pipeline.captions.drawing.typesetting import Typesetter
from pipeline.captions.layout.emoji import add_emoji
from pipeline.captions.layout.grouping import Group, emphasize, group, short_enough
from pipeline.captions.layout.safe_areas import SafeArea
from pipeline.captions.layout.text_placement import Places, Spot
from pipeline.captions.styles.style import Style, load_style
from pipeline.core.data import Span, Word


@dataclass(frozen=True, slots=True)
class Speech:
    """What is said in a clip; all times are on one clock."""

    words: Sequence[Word]  # those that are spoken within `span` are shown
    span: Span
    language: str = ""  # ISO 639-1; for breaks between groups, shapes of letters, key words
    speakers: Sequence[tuple[Span, str]] = ()  # who speaks when, for styles with a color for each
    joints_s: Sequence[float] = ()  # when another moment begins: no caption is on both sides


class Captions:
    """Captions of one clip."""

    def __init__(
        self,
        speech: Speech,
        *,
        size: tuple[int, int],
        style: str | Style,
        places: Places,
        emphasis: bool = False,
        emoji: bool = False,
        safe: SafeArea | None = None,
    ) -> None:
        """Lay out what is said in a picture of `size` (width, height).

        `emphasis`: highlight key words. `emoji`: do so, and show the emoji of those that are
        unambiguous above them. `safe`: where text may stand, by default the standard area.
        """
        look, span, language = load_style(style), speech.span, speech.language
        spoken = tuple(
            w for w in speech.words if span.start_s <= (w.start_s + w.end_s) / 2 < span.end_s
        )
        self._typesetter = Typesetter(look, *size, safe, language=language)
        width, measure = self._typesetter.text_width, self._typesetter.measure
        spoken = short_enough(spoken, width=width, measure=measure)
        self._groups = group(
            spoken,
            look,
            width=width,
            measure=measure,
            language=language,
            speakers=speakers_of(spoken, speech.speakers),
            joints_s=speech.joints_s,
        )
        if emphasis or emoji:
            self._groups = emphasize(self._groups, spoken, look, language)
        if emoji:
            self._groups = add_emoji(self._groups, language)
        self._groups = tuple(_until_joint(g, speech.joints_s) for g in self._groups)
        # one height for all groups, so that short and long lines are at the same place
        self._tallest = max(map(self._typesetter.block_height, self._groups), default=0.0)
        self._places = places
        self._n = 0
        self._spots: tuple[Spot, ...] = ()  # the current group's, from the current spot on
        self._drawn: Animation | None = None  # at the first of these spots

    def covered(self, until_s: float) -> float:
        """Return how much of faces and writing the groups that begin before `until_s` cover."""
        return sum(
            spot.covered
            for now in self._groups
            if now.start_s < until_s
            for spot in self._places.spots(now.start_s, now.end_s, self._tallest)
        )

    def at(self, t_s: float) -> Stamp | None:
        """Return the stamp over the picture at `t_s` of the source timeline; times ascend."""
        while self._n < len(self._groups) and t_s >= self._groups[self._n].end_s:
            self._n += 1
            self._spots, self._drawn = (), None
        if self._n == len(self._groups) or t_s < self._groups[self._n].start_s:
            return None
        now, spots = self._groups[self._n], self._spots
        if not spots:
            spots = self._places.spots(now.start_s, now.end_s, self._tallest)
        while len(spots) > 1 and t_s >= spots[0].end_s:
            spots = spots[1:]
        if t_s >= spots[0].end_s:
            return None
        if self._drawn is None or spots is not self._spots:
            self._spots = spots
            self._drawn = Animation(self._typesetter, now, spots[0].center)
        return self._drawn.at(t_s)


def speakers_of(words: Sequence[Word], turns: Sequence[tuple[Span, str]]) -> tuple[int, ...]:
    """Return the number of each word's speaker: 0 is the first to speak, 1 the second, …

    `words` in order; `turns` in any order, on the words' clock. Of turns that overlap, the one that
    began last counts, because it interrupts the other. A word outside of all turns is said by who
    spoke before; without turns, one speaker says all.
    """
    coming = sorted(turns, key=lambda turn: turn[0].start_s, reverse=True)  # the next one is last
    begun: list[tuple[Span, str]] = []  # not known to have ended; the one that began last is last
    numbers: dict[str, int] = {}
    found: list[int] = []
    name = None
    for word in words:
        middle_s = (word.start_s + word.end_s) / 2
        while coming and coming[-1][0].start_s <= middle_s:
            begun.append(coming.pop())
        while begun and begun[-1][0].end_s <= middle_s:
            begun.pop()
        if begun:
            name = begun[-1][1]
        if name is not None:
            numbers.setdefault(name, len(numbers))
        found.append(numbers[name] if name is not None else 0)
    return tuple(found)


def _until_joint(group: Group, joints_s: Sequence[float]) -> Group:
    """Return a group that goes at the first joint after its last word begins."""
    last_s = group.words[-1].start_s
    joint_s = next((t_s for t_s in joints_s if t_s > last_s), group.end_s)
    return replace(group, end_s=min(group.end_s, joint_s))
