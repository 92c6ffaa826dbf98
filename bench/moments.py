"""Measures whether the picker finds whole moments: talks with planted moments, by language.

A talk with n moments gets n + 1 picks. A moment is found if a pick has an intersection over union
of at least MIN_IOU with it; it is torn if a pick begins or ends inside it. Bait is picked if picks
cover half of it. Only the half of the talks that nothing was trained on counts.
"""

import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

import pipeline
from bench.support.markdown import Rows
from bench.support.report import keep, show
from pipeline.core.arrays import F64
from pipeline.core.control import Control
from pipeline.core.data import Highlight, Options, Transcript
from pipeline.highlights import selection
from training import scripts
from training.scripts import Planted, Script

MIN_IOU = 0.8  # with a moment that counts as found
HALF = 0.5  # share of bait that counts as picked

Picker = Callable[[Transcript, int], Sequence[Highlight]]
Span = tuple[int, int]  # first and last sentence, both inclusive


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one planted moment."""

    moment: Planted
    picks: tuple[Span, ...]
    iou: float  # overlap with the nearest pick
    nearest: Span

    @property
    def found(self) -> bool:
        """Whether a pick is about the moment."""
        return self.iou >= MIN_IOU

    @property
    def touched(self) -> bool:
        """Whether any pick has a part of it."""
        return any(a <= self.moment.last and b >= self.moment.first for a, b in self.picks)

    @property
    def torn(self) -> bool:
        """Whether a pick begins or ends inside the moment."""
        first, last = self.moment.first, self.moment.last
        return any(first < a <= last or first <= b < last for a, b in self.picks)


def pick(script: Script, picker: Picker) -> tuple[list[Outcome], list[bool]]:
    """Return what becomes of the moments of a talk, and which bait is picked."""
    found = picker(script.talk, len(script.moments) + 1)
    picks = tuple((h.first_sentence, h.last_sentence) for h in found)
    outcomes = []
    for moment in script.moments:
        alike = [overlap(script.talk, moment, pick) for pick in picks]
        best = int(np.argmax(alike)) if alike else -1
        outcomes.append(Outcome(moment, picks, alike[best] if alike else 0.0, picks[best]))
    return outcomes, [_covered(script.talk, bait, picks) >= HALF for bait in script.bait]


def overlap(talk: Transcript, moment: Planted, pick: Span) -> float:
    """Return the intersection over union in seconds of speech."""
    seconds = _seconds(talk)
    inside = np.zeros((2, len(seconds)), bool)
    inside[0, moment.first : moment.last + 1] = True
    inside[1, pick[0] : pick[1] + 1] = True
    return float(seconds[inside.all(0)].sum() / seconds[inside.any(0)].sum())


def _covered(talk: Transcript, bait: Planted, picks: Sequence[Span]) -> float:
    """Return the share of bait that picks cover."""
    seconds = _seconds(talk)
    inside = np.zeros(len(seconds), bool)
    for first, last in picks:
        inside[first : last + 1] = True
    part = slice(bait.first, bait.last + 1)
    return float(seconds[part][inside[part]].sum() / seconds[part].sum())


def _seconds(talk: Transcript) -> F64:
    return np.array([s.end_s - s.start_s for s in talk.sentences])


def row(name: str, outcomes: Sequence[Outcome], bait: Sequence[bool]) -> dict[str, object]:
    """Return the table row of some moments."""
    touched = [o for o in outcomes if o.touched] or list(outcomes)

    def share(flags: Iterable[bool]) -> float:
        return round(float(np.mean(list(flags))), 3)

    return {
        "talks": name,
        "moments": len(outcomes),
        "found": share(o.found for o in outcomes),
        "mean IoU": round(float(np.mean([o.iou for o in outcomes])), 3),
        "begin exact": share(o.nearest[0] == o.moment.first for o in touched),
        "end exact": share(o.nearest[1] == o.moment.last for o in touched),
        "begin within 1": share(abs(o.nearest[0] - o.moment.first) <= 1 for o in touched),
        "end within 1": share(abs(o.nearest[1] - o.moment.last) <= 1 for o in touched),
        "torn": sum(o.torn for o in outcomes),
        "bait": len(bait),
        "bait picked": share(bait) if bait else 0.0,
    }


def measure(talks: Sequence[Script], picker: Picker) -> tuple[Rows, Rows]:
    """Measure talks: rows by language, and by kind of moment."""
    languages: dict[str, tuple[list[Outcome], list[bool]]] = defaultdict(lambda: ([], []))
    kinds: dict[str, list[Outcome]] = defaultdict(list)
    for script in talks:
        outcomes, bait = pick(script, picker)
        languages[script.talk.language][0].extend(outcomes)
        languages[script.talk.language][1].extend(bait)
        for outcome in outcomes:
            kinds[outcome.moment.kind].append(outcome)
    return (
        [row(name, *found) for name, found in languages.items()],
        [row(name, kinds[name], ()) for name in sorted(kinds)],
    )


def main() -> int:
    """Print and save the tables."""
    models = pipeline.load_models().text_models

    def picker(talk: Transcript, count: int) -> Sequence[Highlight]:
        return selection.choose(talk, None, models, Options(clip_count=count), Control())

    languages, kinds = measure(scripts.read_all("test"), picker)
    show("Planted moments, test half, by language", languages)
    show("By kind of moment, all languages", kinds)
    keep("moments", languages=languages, kinds=kinds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
