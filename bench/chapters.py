"""Measures chapters against those that editors set, in shows that the head has not seen.

A chapter start is right within 15 seconds of an editor's; each counts once, and the beginning of
the talk is none. How many chapters a talk has was set on folds 0 and 1 of the data; the figures are
those of folds 2 to 4, means over talks with 95 % intervals by resampling them. Needs the local
data; times there are interpolated between time stamps, or 2.6 words a second.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from operator import methodcaller
from pathlib import Path

import numpy as np

from bench.support.report import Rows, keep, show
from pipeline.analysis import chapter_choice, topic_boundaries
from pipeline.analysis.subjects import subjects
from pipeline.core.arrays import F64
from pipeline.core.data import Sentence, Transcript
from pipeline.highlights.sentence_features import SUBJECT_WEIGHT
from pipeline.texts.chapters import find
from pipeline.texts.outline import outline
from training import chapters, corpus

DATA = Path(__file__).parents[2] / "shared" / "data" / "highlights"
NEAR_S = 15.0
TUNED_FOLDS = (0, 1)
RESAMPLES = 2000
TITLED_STEP = 4  # every n-th talk is outlined and its chapters get titles: a second or two each
LARGE = 8  # talks of a show that is left out alone
GROUPS = 5  # of the other shows
WAYS = ("ours", "TextTiling", "turns", "even")


@dataclass(frozen=True, slots=True)
class Measured:
    """A talk, and how strongly each way of looking sees its topic change; (n,) each."""

    show: str
    fold: int
    sentences: tuple[Sentence, ...]
    editors: F64  # seconds of chapter starts, without the talk's own
    strengths: Mapping[str, F64]

    @property
    def starts_s(self) -> list[float]:
        """Return where the sentences begin."""
        return [s.start_s for s in self.sentences]

    @property
    def talk_s(self) -> float:
        """Return the length of the talk."""
        return self.sentences[-1].end_s - self.sentences[0].start_s

    def placed(self, way: str, *, given: bool) -> F64:
        """Return the seconds of a way's chapter starts; `given`: as many as the editor's."""
        ours = self._ranked("ours")
        number = len(self.editors) if given else len(self._usual(ours))
        if way == "even":
            first_s, end_s = self.sentences[0].start_s, self.sentences[-1].end_s
            return np.linspace(first_s, end_s, number + 2)[1:-1]
        found = ours if way == "ours" else self._ranked(way)
        return np.array([self.starts_s[i] for i in found[:number]])

    def titled(self) -> F64:
        """Return the seconds of the chapter starts that a caller gets, those with a title."""
        transcript = Transcript(
            language="en", duration_s=self.sentences[-1].end_s, words=(), sentences=self.sentences
        )
        plan = outline(transcript, (), None)
        _, *others = find(plan, self.sentences, self.strengths["ours"])
        return np.array([start.start_s for start in others if start.usual])

    def _ranked(self, way: str) -> list[int]:
        return chapter_choice.candidates(
            self.strengths[way], self.starts_s, self.sentences[-1].end_s
        )

    def _usual(self, ranked: Sequence[int]) -> list[int]:
        return chapter_choice.usual(ranked, self.strengths["ours"], self.talk_s)


def read(folder: Path) -> Iterator[Measured]:
    """Read the talks with chapters; each is scored by a head that has not seen its show."""
    episodes = [
        e for name, every in chapters.FILES for e in corpus.read(folder / name, every=every)
    ]
    talks = [chapters.of_episode(e) for e in episodes]
    pairs = [
        (e, t)
        for e, t in zip(episodes, talks, strict=True)
        if t.begins.sum() >= chapters.MIN_CHAPTERS
    ]
    for left_out in _groups([e.show for e, _ in pairs]):
        head = chapters.train([t for e, t in pairs if e.show not in left_out])
        for episode in (e for e, _ in pairs if e.show in left_out):
            starts = episode.chapters[(episode.chapters > 0)]
            starts = starts[starts < len(episode.sentences)]
            seen = topic_boundaries.evidence(episode.sentences, subjects(episode.vectors))
            yield Measured(
                episode.show,
                episode.fold,
                episode.sentences,
                np.array([episode.sentences[i].start_s for i in starts]),
                _strengths(seen, head),
            )


def _groups(shows: Sequence[str]) -> list[set[str]]:
    """Return the shows that are left out together: large ones alone, the many small ones not."""
    counts = Counter(shows)
    large = [name for name in sorted(counts) if counts[name] >= LARGE]
    small = [name for name in sorted(counts) if counts[name] < LARGE]
    return [*({name} for name in large), *(set(small[n::GROUPS]) for n in range(GROUPS))]


def _strengths(seen: F64, head: F64) -> dict[str, F64]:
    """Return the strength of each sentence's topic change, by way."""
    turns = [topic_boundaries.NAMES.index(name) for name in ("turn before", "turn after")]
    return {
        "ours": SUBJECT_WEIGHT * topic_boundaries.relative(seen @ head),
        "TextTiling": seen[:, topic_boundaries.NAMES.index("distance 3")],
        "turns": seen[:, turns].sum(1),  # between two long ones
    }


def agreement(found_s: F64, editors_s: F64) -> tuple[float, float, float]:
    """Return precision, recall and F1 of starts, each of which is right at most once."""
    found, wanted = sorted(found_s), sorted(editors_s)
    right = at = 0
    for start_s in found:
        while at < len(wanted) and wanted[at] < start_s - NEAR_S:
            at += 1
        if at < len(wanted) and wanted[at] <= start_s + NEAR_S:
            right, at = right + 1, at + 1
    return (
        right / max(1, len(found)),
        right / max(1, len(wanted)),
        2 * right / max(1, len(found) + len(wanted)),
    )


def row(talks: Iterable[Measured], place: Callable[[Measured], F64]) -> dict[str, object]:
    """Return the figures of a way of placing chapter starts."""
    placed = [(place(talk), talk.editors) for talk in talks]
    table = np.array([agreement(*pair) for pair in placed])
    draws = np.random.default_rng(0).integers(0, len(table), (RESAMPLES, len(table)))
    low, high = np.quantile(table[draws, 2].mean(1), (0.025, 0.975))
    return {
        "chapters": round(1 + float(np.mean([len(found) for found, _ in placed])), 1),
        "precision": round(float(table[:, 0].mean()), 3),
        "recall": round(float(table[:, 1].mean()), 3),
        "F1": round(float(table[:, 2].mean()), 3),
        "F1 95 %": f"{low:.3f} to {high:.3f}",
        "talks": len(table),
    }


def _is_of_fold(fold: int, talk: Measured) -> bool:
    return talk.fold == fold


def by_way(talks: Sequence[Measured]) -> Rows:
    """Return the figures of each way, with the number of chapters given and without."""
    rows = [
        {"starts": way, "number": "given" if given else "unknown"}
        | row(talks, methodcaller("placed", way, given=given))
        for given in (False, True)
        for way in WAYS
    ]
    some = talks[::TITLED_STEP]
    titled = [("with a title", Measured.titled), ("of the same talks", _unknown)]
    rows += [
        {"starts": f"ours {name}", "number": "unknown"} | row(some, place) for name, place in titled
    ]
    return rows


def _unknown(talk: Measured) -> F64:
    return talk.placed("ours", given=False)


def by_group(talks: Sequence[Measured]) -> Rows:
    """Return our figures by kind of show and by fold."""
    first, _ = (name for name, _ in chapters.FILES)
    podcasts = {e.show for e in corpus.read(DATA / first)}
    groups: dict[str, Callable[[Measured], bool]] = {
        "devtools.fm": lambda talk: talk.show == "devtools.fm",
        "two other podcasts": lambda talk: talk.show in podcasts - {"devtools.fm"},
        "conference talks and others": lambda talk: talk.show not in podcasts,
    }
    groups |= {f"fold {n}": partial(_is_of_fold, n) for n in range(5)}
    return [
        {"talks of": name, "number": "given" if given else "unknown"}
        | row(
            [talk for talk in talks if belongs(talk) and (fold or talk.fold not in TUNED_FOLDS)],
            methodcaller("placed", "ours", given=given),
        )
        for name, belongs in groups.items()
        for fold in (name.startswith("fold"),)
        for given in (False, True)
    ]


def main() -> int:
    """Print and save all tables."""
    if not DATA.exists():
        print(f"eval-chapters: {DATA} is not on this machine, so nothing was measured.")
        return 0
    talks = list(read(DATA))
    ways = by_way([talk for talk in talks if talk.fold not in TUNED_FOLDS])
    show("Chapters of shows unseen, folds 2 to 4", ways)
    groups = by_group(talks)
    show("Ours, by kind of show and by fold", groups)
    keep("chapters", ways=ways, groups=groups)
    return 0


if __name__ == "__main__":
    sys.exit(main())
