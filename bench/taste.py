"""Measures whether feedback helps: simulated users judge clips, others of their talks are held out.

A user sees the clips of one talk after another, chosen by what was learned until then, and keeps or
rejects each. After so many verdicts, talks that were never shown are picked with and without what
was learned. `--half train` is for choosing settings; docs/design/learning.md tells of the other
half.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

import pipeline
from bench.support.report import Rows, keep, show
from bench.support.tastes import Clip, User, about, users
from pipeline.core.data import Transcript
from pipeline.core.taste import Taste
from pipeline.highlights import scoring, selection, sentence_features, taste, taste_learning
from pipeline.highlights.scoring import Candidates
from pipeline.highlights.sentence_features import Features
from pipeline.highlights.taste_learning import Example
from training import readings, real_talk, scripts
from training.scripts import Script

CHECKPOINTS = (5, 10, 20, 50, 100)  # verdicts
SHOWN = 4  # clips of each talk that a user judges
PICKED = 2  # of each held-out talk, which has three or four moments
HELD_OUT = 0.4  # of the talks
RUNS = 4  # of each user, with other talks held out
CHANCE_RUNS = 16  # of each who decides without looking
REAL_TALKS = 40
TRAIN_TALKS = 60  # of the training half
MIN_FEEDBACK = 20  # as config.toml has it
WHOLE_IOU = 0.8
LENGTHS_S = (15.0, 90.0)  # of clips
FIGURES = ("preferred", "liked", "whole", "confidence")


@dataclass(frozen=True, slots=True)
class Read:
    """A talk, what is known of its sentences, and its candidates."""

    script: Script
    known: Features
    found: Candidates

    def picks(self, count: int, liked: Taste | None) -> list[Clip]:
        """Return the product's picks, in talk order."""
        sentences, found = self.script.talk.sentences, self.found
        if liked is not None:
            found, _ = taste.apply(liked, found, sentences, self.known)
        best = selection.select(found, self.known, count)
        first, last = found.first[best], found.last[best]
        own = taste.traits(sentences, self.known, first, last)
        sure = scoring.confidence(scoring.odds_of(found.worth[best]))
        return [
            Clip(
                first=int(first[n]),
                last=int(last[n]),
                traits=taste.told(own[n]),
                confidence=float(sure[n]),
            )
            for n in range(len(best))
        ]


@dataclass(frozen=True, slots=True)
class Seen:
    """Picks of held-out talks."""

    preferred: list[bool] = field(default_factory=list)  # by talk: a liked moment is picked
    liked: list[bool] = field(default_factory=list)
    whole: list[bool] = field(default_factory=list)
    confidence: list[float] = field(default_factory=list)

    def add(self, talk: Read, user: User, found: Sequence[Clip]) -> None:
        """Add the picks of a talk."""
        moments = [Clip(first=m.first, last=m.last) for m in talk.script.moments]
        wanted = [m for m in moments if user.likes(talk.script, m)]
        if 0 < len(wanted) < len(moments):
            likes = [c for c in found if user.likes(talk.script, c)]
            self.preferred.append(
                any(m.first <= c.last and c.first <= m.last for c in likes for m in wanted)
            )
        self.liked.extend(user.likes(talk.script, clip) for clip in found)
        self.whole.extend(about(talk.script, c, WHOLE_IOU) is not None for c in found)
        self.confidence.extend(clip.confidence for clip in found)

    def figures(self) -> tuple[float, float, float, float]:
        """Return the shares preferred, liked and whole, and the mean confidence."""
        return (
            float(np.mean(self.preferred or [False])),
            float(np.mean(self.liked)),
            float(np.mean(self.whole)),
            float(np.mean(self.confidence)),
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one run of a user."""

    user: str
    verdicts: int
    is_on: bool
    before: tuple[float, float, float, float]  # without what was learned
    after: tuple[float, float, float, float]


def read(half: str) -> list[Read]:
    """Read the talks of a half."""
    models = pipeline.load_models().text_models
    talks = scripts.read_all(half, "en" if half == "train" else None)
    order = np.random.default_rng(0).permutation(len(talks))[:TRAIN_TALKS]
    found = []
    for k in order:
        talk = talks[k].talk
        known = sentence_features.features(talk.sentences, models, None, talk.language)
        spans = scoring.candidates(talk.sentences, known, *LENGTHS_S)
        found.append(Read(talks[k], known, spans))
    return found


def read_real() -> list[Read]:
    """Read real talks, in which nothing is planted."""
    models = pipeline.load_models().text_models
    talks = list(readings.talks(readings.read("test")).values())
    found = []
    for k in np.random.default_rng(0).permutation(len(talks))[:REAL_TALKS]:
        said = talks[k].sentences
        talk = Transcript(language="en", duration_s=said[-1].end_s, words=(), sentences=said)
        known = sentence_features.features(said, models, None, "en")
        script = Script(talks[k].id, "", "talk", talk, ())
        found.append(Read(script, known, scoring.candidates(said, known, *LENGTHS_S)))
    return found


def learned(examples: Sequence[Example]) -> Taste | None:
    """Return the taste as the server would use it."""
    found = taste_learning.learn(examples)
    return found.taste if found.examples >= MIN_FEEDBACK else None


def simulate(user: User, run: int, talks: Sequence[Read]) -> Iterator[Outcome]:
    """Yield what was gained at each checkpoint."""
    random = np.random.default_rng((run, *user.name.encode()))
    order = random.permutation(len(talks))
    cut = int(HELD_OUT * len(talks))
    held_out = [talks[k] for k in order[:cut]]
    shown = [talks[k] for k in order[cut:]]
    before = Seen()
    for talk in held_out:
        before.add(talk, user, talk.picks(PICKED, None))
    examples: list[Example] = []
    for wanted in CHECKPOINTS:
        while len(examples) < wanted:
            talk = shown[(len(examples) // SHOWN) % len(shown)]
            clips = talk.picks(SHOWN, learned(examples))
            examples += [user.judge(talk.script, clip, random) for clip in clips]
        liked, after = learned(examples[:wanted]), Seen()
        for talk in held_out if liked else []:
            after.add(talk, user, talk.picks(PICKED, liked))
        yield Outcome(
            user.name,
            wanted,
            liked is not None,
            before.figures(),
            after.figures() if liked else before.figures(),
        )


def rows(outcomes: Sequence[Outcome]) -> Rows:
    """Return a row for each user and number of verdicts, means over runs."""
    found: list[dict[str, object]] = []
    for user in dict.fromkeys(o.user for o in outcomes):
        for verdicts in CHECKPOINTS:
            own = [o for o in outcomes if (o.user, o.verdicts) == (user, verdicts)]
            before = np.mean([o.before for o in own], 0)
            after = np.mean([o.after for o in own], 0)
            found.append(
                {
                    "user": user,
                    "verdicts": verdicts,
                    "learning on": round(float(np.mean([o.is_on for o in own])), 2),
                    **{
                        key: round(float(value), 3)
                        for name, old, new in zip(FIGURES, before, after, strict=True)
                        for key, value in ((f"{name} before", old), (name, new))
                    },
                }
            )
    return found


def main() -> int:
    """Print and save the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=("train", "test"), default="test")
    half = parser.parse_args().half
    table = measure(half, read(half))
    show(f"Simulated users, {half} half", table)
    if half == "test":
        real = measure("real", read_real()) if real_talk.DATA.exists() else []
        show("Simulated users, real talks", real)
        keep("taste", users=table, real=real)
    return 0


def measure(half: str, talks: Sequence[Read]) -> Rows:
    """Return the rows of all users of a half."""
    return rows(
        [
            outcome
            for user in users(half)
            for run in range(RUNS if user.fixed is None else CHANCE_RUNS)
            for outcome in simulate(user, run, talks)
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
