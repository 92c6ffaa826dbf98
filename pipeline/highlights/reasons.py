"""Says in one sentence why a span was picked: what was found in it, and nothing that was not."""

from collections.abc import Iterator, Sequence

import numpy as np

from pipeline.analysis import lexical_cues, salience
from pipeline.core.arrays import F64
from pipeline.core.data import Sentence
from pipeline.highlights.scoring import Features

MAX_REASONS = 4  # things in one sentence
QUOTED = 60  # characters of an opening question that is quoted
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


def reason(
    sentences: Sequence[Sentence],
    known: Features,
    span: tuple[int, int],
    topics: Sequence[str],
    usual: F64,
) -> str:
    """Of the sentences of `span`, both ends inclusive.

    topics: the caller's keywords in them; usual: the mean of `traits` over all picks of the talk,
    so that what every pick has is not what this one was picked for.
    """
    first, last = span
    texts = [s.text for s in sentences[first : last + 1]]
    found = [f"speaks of {' and '.join(f'“{t}”' for t in topics[:2])}"] if topics else []
    found += _opening(known, first, texts)
    found += _within(known, first, texts)
    found += _named(traits(known, first, last), usual)
    if not found:
        count = last - first + 1
        found = ["one complete sentence" if count == 1 else f"{count} sentences in one piece"]
    text = ", ".join(list(dict.fromkeys(found))[:MAX_REASONS])
    return text[0].upper() + text[1:] + "."


def traits(known: Features, first: int, last: int) -> F64:
    """What each of telling.NAMES adds to the learned score of a span."""
    weight = known.words[first : last + 1]
    adds: F64 = np.average(known.shares[first : last + 1], axis=0, weights=weight)
    return adds


def _opening(known: Features, first: int, texts: Sequence[str]) -> Iterator[str]:
    """How it begins; at most one."""
    opening = known.cues[first : first + min(2, len(texts))]
    if opening[0].question:
        short = len(texts[0]) <= QUOTED
        yield f"opens with a question (“{texts[0]}”)" if short else "opens with a question"
    elif any(c.contrast for c in opening):
        yield "opens with a contrast"
    elif any(c.strong for c in opening):
        yield "opens on a strong feeling"


def _within(known: Features, first: int, texts: Sequence[str]) -> Iterator[str]:
    """What it does and how it ends."""
    last = first + len(texts) - 1
    rest = known.cues[first : last + 1]
    if sum(c.story for c in rest) >= 2:
        yield "tells a story"
    if sum(c.teaches for c in rest) >= 2:
        yield "explains how to do something"
    if rest[-1].number:
        figure = lexical_cues.figure(texts[-1])
        yield f"a number in the payoff ({figure})" if figure else "a number in the payoff"
    elif sum(c.number for c in rest) >= 2:
        yield "concrete numbers"
    if rest[-1].addresses_you:
        yield "ends by addressing the listener"
    if float(known.loudness[first : last + 1].mean()) > LOUD:
        yield "louder than the rest of the talk"
    if float(known.melody[first : last + 1].mean()) > LOUD:
        yield "a livelier voice than elsewhere"


def _named(adds: F64, usual: F64) -> Iterator[str]:
    """What the learned score likes about it, and more than about the other picks first."""
    more, placed = adds - usual, False
    for i in np.argsort(-more, kind="stable"):
        name = salience.NAMES[i]
        if adds[i] > ADDS and more[i] >= 0 and name in TRAITS:
            if not (placed and name in salience.MEANING):  # all of them say much the same
                yield TRAITS[name]
            placed = placed or name in salience.MEANING
