"""Says in one sentence why a span was picked: what was found in it, and nothing that was not."""

from collections.abc import Iterator, Sequence

import numpy as np

from pipeline import telling
from pipeline.score import Features

MOST = 4  # things in one sentence
LOUD = 0.5  # spreads above the talk's mean
ADDS = 0.04  # by which a trait must raise a span's learned score to be named
TRAITS = {
    "recurs": "what the talk keeps coming back to",
    "gist": "at the heart of what the talk is about",
    "gist near": "at the heart of what the talk is about",
    "gist around": "at the heart of what the talk is about",
    "turn": "told in one go",
    "matters": "about what matters and why",
    "opinion": "takes a position",
    "speech": "somebody is quoted",
    "feeling": "shows feeling",
    "number": "concrete numbers",
    "time": "says when it happened",
    "superlative": "names an extreme",
    "negation": "says what is not so",
    "absolute": "leaves no room for doubt",
    "comparison": "compares two things",
    "cause": "gives the cause",
    "condition": "asks what would be if",
    "past": "tells what happened",
}  # those of telling.NAMES that a person would name


def reason(known: Features, first: int, last: int, topics: Sequence[str]) -> str:
    """Of sentences first..last; `topics` are the caller's keywords in them."""
    found = [f"speaks of {' and '.join(f'“{t}”' for t in topics[:2])}"] if topics else []
    found += _opening(known, first, last)
    found += _within(known, first, last)
    found += _traits(known, first, last)
    if not found:
        count = last - first + 1
        found = ["one complete sentence" if count == 1 else f"{count} sentences in one piece"]
    text = ", ".join(list(dict.fromkeys(found))[:MOST])
    return text[0].upper() + text[1:] + "."


def _opening(known: Features, first: int, last: int) -> Iterator[str]:
    """How it begins; at most one."""
    opening = known.cues[first : min(first + 2, last + 1)]
    if opening[0].question:
        yield "opens with a question"
    elif any(c.contrast for c in opening):
        yield "opens with a contrast"
    elif any(c.strong for c in opening):
        yield "opens on a strong feeling"


def _within(known: Features, first: int, last: int) -> Iterator[str]:
    """What it does and how it ends."""
    rest = known.cues[first : last + 1]
    if sum(c.story for c in rest) >= 2:
        yield "tells a story"
    if sum(c.teaches for c in rest) >= 2:
        yield "explains how to do something"
    if rest[-1].number:
        yield "a number in the payoff"
    elif sum(c.number for c in rest) >= 2:
        yield "concrete numbers"
    if rest[-1].addresses_you:
        yield "ends by addressing the listener"
    if float(known.loudness[first : last + 1].mean()) > LOUD:
        yield "louder than the rest of the talk"
    if float(known.melody[first : last + 1].mean()) > LOUD:
        yield "a livelier voice than elsewhere"


def _traits(known: Features, first: int, last: int) -> Iterator[str]:
    """What the learned score likes most about it."""
    weight = known.words[first : last + 1]
    adds = np.average(known.shares[first : last + 1], axis=0, weights=weight)
    for i in np.argsort(-adds, kind="stable"):
        if adds[i] > ADDS and telling.NAMES[i] in TRAITS:
            yield TRAITS[telling.NAMES[i]]
