"""Explains in one sentence why a span was chosen, by features that it really has."""

from collections.abc import Iterator, Sequence

import numpy as np

from pipeline.analysis import lexical_cues, salience
from pipeline.core.arrays import F64
from pipeline.core.data import Sentence
from pipeline.highlights.sentence_features import Features

MAX_REASONS = 4  # per sentence
MAX_QUOTED_CHARS = 60  # of an opening question, to be quoted
CLOSE_FIT = 0.65  # to the prompt, at which a span is told to be close to it
FAR_FIT = 0.2  # below which it is told not to be: docs/design/highlights.md
MIN_SPREADS = 0.5  # standard scores above the talk's mean, for loudness and melody
MIN_TRAIT_GAIN = 0.04  # that a trait must add to a span's learned score to be named
TRAITS = {
    "recurs": "what the talk keeps coming back to",
    "gist": "at the heart of what the talk is about",
    "gist near": "at the heart of what the talk is about",
    "gist around": "at the heart of what the talk is about",
    "turn": "told without interruption",
    "matters": "about what matters and why",
    "opinion": "takes a position",
    "speech": "somebody is quoted",
    "feeling": "shows feeling",
    "number": "concrete numbers",
    "time": "says when it happened",
    "superlative": "names an extreme",
    "negation": "rules something out",
    "absolute": "leaves no room for doubt",
    "comparison": "compares two things",
    "cause": "gives the cause",
    "condition": "considers a condition",
    "past": "tells what happened",
}  # those of salience.NAMES that a person would name


def reason(
    sentences: Sequence[Sentence],
    features: Features,
    span: tuple[int, int],
    topics: Sequence[str],
    usual: F64,
    *,
    plain: bool = False,
    fit: float | None = None,
    liked: bool = False,
) -> str:
    """Explain the choice of the sentences of `span`, both ends inclusive.

    fit: how well the span fits the prompt, 0..1; None: there is none.
    liked: the account's taste has raised it.
    plain: the span has a low score and was chosen because the talk has nothing better.
    topics: the caller's keywords in them; usual: the mean of `traits` over all picks of the talk,
    so that traits shared by every pick are not given as the reason for this one.
    """
    first, last = span
    texts = [s.text for s in sentences[first : last + 1]]
    parts = [f"mentions {' and '.join(f'“{t}”' for t in topics[:2])}"] if topics else []
    if fit is not None and fit >= CLOSE_FIT:
        parts.append("close to what was asked for")
    parts += ["like clips you kept"] if liked else []
    parts += _describe_opening(features, first, texts)
    parts += _describe_content(features, first, texts)
    parts += _name_traits(traits(features, first, last), usual)
    if not parts:
        count = last - first + 1
        parts = ["one complete sentence" if count == 1 else f"{count} sentences in one piece"]
    text = ", ".join(list(dict.fromkeys(parts))[:MAX_REASONS])
    lacks = ["no clear moment"] if plain else []
    if fit is not None and fit < FAR_FIT:
        lacks.append("not close to what was asked for")
    text += f", but {' and '.join(lacks)}" if lacks else ""
    return text[0].upper() + text[1:] + "."


def traits(features: Features, first: int, last: int) -> F64:
    """Return what each of salience.NAMES adds to the learned score of a span."""
    weight = features.words[first : last + 1]
    adds: F64 = np.average(features.shares[first : last + 1], axis=0, weights=weight)
    return adds


def _describe_opening(features: Features, first: int, texts: Sequence[str]) -> Iterator[str]:
    """Yield how the span begins; at most one part."""
    opening = features.cues[first : first + min(2, len(texts))]
    if opening[0].question:
        short = len(texts[0]) <= MAX_QUOTED_CHARS
        yield f"opens with a question (“{texts[0]}”)" if short else "opens with a question"
    elif any(c.contrast for c in opening):
        yield "opens with a contrast"
    elif any(c.strong for c in opening):
        yield "opens on a strong feeling"


def _describe_content(features: Features, first: int, texts: Sequence[str]) -> Iterator[str]:
    """Yield what the span contains and how it ends."""
    last = first + len(texts) - 1
    rest = features.cues[first : last + 1]
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
    if float(features.loudness[first : last + 1].mean()) > MIN_SPREADS:
        yield "louder than the rest of the talk"
    if float(features.melody[first : last + 1].mean()) > MIN_SPREADS:
        yield "a livelier voice than elsewhere"


def _name_traits(adds: F64, usual: F64) -> Iterator[str]:
    """Yield the traits that raise the learned score, most above the other picks first."""
    more, has_meaning = adds - usual, False
    for i in np.argsort(-more, kind="stable"):
        name = salience.NAMES[i]
        if adds[i] > MIN_TRAIT_GAIN and more[i] >= 0 and name in TRAITS:
            if not (has_meaning and name in salience.MEANING):  # these say much the same
                yield TRAITS[name]
            has_meaning = has_meaning or name in salience.MEANING
