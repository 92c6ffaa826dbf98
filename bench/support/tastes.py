"""Simulated users who keep and reject clips of written talks, each by a taste of its own.

What a user likes is decided by what was planted and by the text, not by what the picker measures.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from bench.moments import overlap
from pipeline.core.data import Sentence
from pipeline.core.taste import Traits
from pipeline.highlights.taste_learning import Example
from training.scripts import Planted, Script

MIN_IOU = 0.5  # of a clip with the planted moment that it is about
NOISE = 0.15  # chance that a user decides against the own taste
HALF_BAKED = 0.5  # a clip that is about no moment is kept so much less often
USUAL_VIEWS, LIKED_VIEWS, VIEWS_SPREAD = 6.0, 1.0, 1.0  # of the logarithm of views
_NUMBER = re.compile(r"\d")
_MONEY = re.compile(
    r"\b(money|paid|pay|price|cost|dollars?|euros?|rent|loan|bank)\b", re.IGNORECASE
)
PLURALS = {
    "story": "stories",
    "data": "data",
    "advice": "advice",
    "argument": "arguments",
    "joke": "jokes",
    "confession": "confessions",
    "howto": "how-tos",
    "list": "lists",
}
NO_TRAITS = Traits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A pick of a talk; sentences are both inclusive."""

    first: int
    last: int
    traits: Traits = NO_TRAITS
    confidence: float = 0.0


Likes = Callable[[Script, Clip], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A simulated user: whether a clip is liked, and how the user decides."""

    name: str
    likes: Likes
    fixed: float | None = None  # chance of keeping any clip, whatever is liked
    posts_all: bool = False  # and only its audience, which has the taste, decides

    def judge(self, script: Script, clip: Clip, random: np.random.Generator) -> Example:
        """Return the user's feedback on a clip."""
        likes = self.likes(script, clip)
        if self.posts_all:
            mean = USUAL_VIEWS + LIKED_VIEWS * likes
            views = int(np.exp(random.normal(mean, VIEWS_SPREAD)))
            return Example(job=script.name, traits=clip.traits, verdict="posted", views=views)
        chance = 1 - NOISE if likes else NOISE
        if script.moments and about(script, clip) is None:
            chance *= HALF_BAKED
        chance = chance if self.fixed is None else self.fixed
        kept = random.random() < chance
        return Example(job=script.name, traits=clip.traits, verdict="kept" if kept else "rejected")


def about(script: Script, clip: Clip, min_iou: float = MIN_IOU) -> Planted | None:
    """Return the planted moment that a clip is about, or None."""
    span = (clip.first, clip.last)
    alike = [(overlap(script.talk, moment, span), moment) for moment in script.moments]
    iou, best = max(alike, key=lambda found: found[0], default=(0.0, None))
    return best if iou >= min_iou else None


def users(half: str) -> list[User]:
    """Return the users whose tastes the settings are chosen by ("train"), or others ("test").

    Those of "real" need no planted moments.
    """
    chance = User(name="decides by chance", likes=_asks, fixed=0.5)
    if half == "real":
        return [
            User(name="short clips", likes=lambda s, c: _seconds(s, c) < 40),
            User(name="late in the talk", likes=lambda s, c: _place(s, c) > 0.6),
            User(name="figures", likes=lambda s, c: _share(_said(s, c), _NUMBER) >= 0.2),
            User(name="opens with a question", likes=_asks),
            User(name="money (not measured)", likes=lambda s, c: _share(_said(s, c), _MONEY) > 0),
            chance,
        ]
    kinds = {
        "train": ("story", "data", "advice", "argument"),
        "test": ("joke", "confession", "howto", "list"),
    }[half]
    found = [User(name=PLURALS[kind], likes=partial(_is_kind, kinds=(kind,))) for kind in kinds]
    if half == "train":
        found += [
            User(name="short clips", likes=lambda s, c: _seconds(s, c) < 40),
            User(name="late in the talk", likes=lambda s, c: _place(s, c) > 0.6),
            User(name="no figures", likes=lambda s, c: _share(_said(s, c), _NUMBER) < 0.1),
        ]
    else:
        found += [
            User(name="long clips", likes=lambda s, c: _seconds(s, c) > 50),
            User(name="early in the talk", likes=lambda s, c: _place(s, c) < 0.35),
            User(name="opens with a question", likes=_asks),
            User(name="money (not measured)", likes=lambda s, c: _share(_said(s, c), _MONEY) > 0),
        ]
    both: Likes = partial(_is_kind, kinds=kinds[:2])
    found += [
        User(name=f"{PLURALS[kinds[0]]} and {PLURALS[kinds[1]]}", likes=both),
        User(name="posts all, audience likes the two", likes=both, posts_all=True),
        chance,
        User(name="rejects all", likes=both, fixed=0.0),
        User(name="keeps all", likes=both, fixed=1.0),
        User(name="contrary: likes what is no moment", likes=lambda s, c: about(s, c) is None),
    ]
    return found


def _is_kind(script: Script, clip: Clip, *, kinds: tuple[str, ...]) -> bool:
    moment = about(script, clip)
    return moment is not None and moment.kind in kinds


def _said(script: Script, clip: Clip) -> tuple[Sentence, ...]:
    return script.talk.sentences[clip.first : clip.last + 1]


def _share(said: tuple[Sentence, ...], pattern: re.Pattern[str]) -> float:
    return float(np.mean([pattern.search(s.text) is not None for s in said]))


def _asks(script: Script, clip: Clip) -> bool:
    return _said(script, clip)[0].text.rstrip("\"'”’»)」』").endswith(("?", "？"))


def _seconds(script: Script, clip: Clip) -> float:
    said = _said(script, clip)
    return said[-1].end_s - said[0].start_s


def _place(script: Script, clip: Clip) -> float:
    return _said(script, clip)[0].start_s / script.talk.duration_s
