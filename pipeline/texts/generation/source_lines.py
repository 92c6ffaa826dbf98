"""Chooses the sentences of the talk that a prompt quotes, so that they fit, and numbers them."""

from collections.abc import Collection, Iterator, Sequence

from pipeline.texts.generation.author import count_tokens
from pipeline.texts.line import MIN_SURE, Line
from pipeline.texts.outline import Outline

CONTEXT_LINES = 2  # shown before and after a source of a part, so that "it" and "she" are clear
FENCE = '"""'


def essential(plan: Outline, max_tokens: int) -> list[Line]:
    """Return the lines that fit, the most important first choice, in the order spoken."""
    place = {n.index: at for at, p in enumerate(plan.sections) for n in p.everything}
    told = (n for n in plan.lines if n.promotion < MIN_SURE)
    ranked = sorted(told, key=lambda n: (place.get(n.index, len(place)), -n.worth))
    return _fitting(ranked, max_tokens)


def around(plan: Outline, sources: Collection[int], max_tokens: int) -> list[Line]:
    """Return the lines with these indices, and some before and after each, in the order spoken."""
    places = [at for at, n in enumerate(plan.lines) if n.index in sources]
    distance = {
        at: min(abs(at - place) for place in places)
        for place in places
        for at in range(place - CONTEXT_LINES, place + CONTEXT_LINES + 1)
        if 0 <= at < len(plan.lines)
    }
    ranked = [plan.lines[at] for at in sorted(distance, key=lambda at: (distance[at], at))]
    return _fitting(ranked, max_tokens)


def quote(lines: Sequence[Line]) -> str:
    """Return the lines between marks: "[12] Idris: It's the glass."."""
    return "\n".join([FENCE, *_numbered(lines), FENCE])


def _numbered(lines: Sequence[Line]) -> Iterator[str]:
    for line in lines:
        text = line.text.replace(FENCE, "'''")
        yield f"[{line.index}] {line.speaker}: {text}" if line.speaker else f"[{line.index}] {text}"


def _fitting(ranked: Sequence[Line], max_tokens: int) -> list[Line]:
    chosen: list[Line] = []
    for line in ranked:
        max_tokens -= count_tokens(f"[{line.index}] {line.speaker}: {line.text}\n")
        if max_tokens < 0:
            break
        chosen.append(line)
    return sorted(chosen, key=lambda n: n.index)
