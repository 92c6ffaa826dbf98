"""Explains in one sentence why a span was chosen, by features that it really has."""

from collections.abc import Iterator, Mapping, Sequence

from pipeline.analysis import lexical_cues
from pipeline.core.data import MomentKind, Sentence
from pipeline.highlights.sentence_features import Features

MAX_REASONS = 4  # per sentence
MAX_QUOTED_CHARS = 60  # longest opening question that is quoted
CLOSE_FIT = 0.65  # fit to the prompt from which a span is described as close to it
FAR_FIT = 0.2  # fit below which it is described as not close: docs/design/highlights.md
MIN_SPREADS = 0.5  # standard scores above the talk's mean, for loudness and melody
KINDS: Mapping[MomentKind, str] = {
    "story": "tells a story",
    "claim": "makes a claim",
    "howto": "explains how to do something",
    "confession": "admits something",
    "joke": "a joke",
    "data": "concrete numbers",
    "answer": "answers a question",
    "list": "goes through a list",
    "argument": "argues a point",
    "advice": "gives advice",
}


def reason(
    sentences: Sequence[Sentence],
    features: Features,
    span: tuple[int, int],
    topics: Sequence[str],
    *,
    kind: MomentKind | None = None,
    plain: bool = False,
    fit: float | None = None,
    replayed: bool = False,
) -> str:
    """Explain the choice of the sentences of `span`, both ends inclusive.

    fit: how well the span fits the prompt, 0..1; None: there is none.
    kind: what it surely is, if anything.
    plain: the span has a low score and was chosen because the talk has nothing better.
    replayed: people go back to it more than to nearly all else, on the page of the source.
    topics: the caller's keywords in them.
    """
    first, last = span
    texts = [s.text for s in sentences[first : last + 1]]
    parts = [f"mentions {' and '.join(f'“{t}”' for t in topics[:2])}"] if topics else []
    if fit is not None and fit >= CLOSE_FIT:
        parts.append("close to what was asked for")
    parts += ["among the most replayed parts on its page"] if replayed else []
    parts += _describe_opening(features, first, texts)
    parts += [KINDS[kind]] if kind is not None else []
    parts += _describe_content(features, first, texts)
    if not parts:
        count = last - first + 1
        parts = ["one complete sentence" if count == 1 else f"{count} sentences in one piece"]
    text = ", ".join(list(dict.fromkeys(parts))[:MAX_REASONS])
    lacks = ["no clear moment"] if plain else []
    if fit is not None and fit < FAR_FIT:
        lacks.append("not close to what was asked for")
    text += f", but {' and '.join(lacks)}" if lacks else ""
    return text[0].upper() + text[1:] + "."


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
