"""Chooses the passage that a text tells."""

from collections.abc import Iterator

from pipeline.core.texts import TextLength, TextOptions
from pipeline.texts.outline import Outline
from pipeline.texts.passages import Passage

MOST_CHARS: dict[TextLength, int] = {"short": 900, "normal": 1800, "long": 3000}


def choose(plan: Outline, options: TextOptions) -> Iterator[Passage]:
    """Yield passages of at most a length, the one to tell first, and all others if none has it.

    `options.hook`: 1 tells the best, 2 and 3 the second and the third.
    """
    pool = plan.sections if options.length == "long" else plan.moments
    fitting = [p for p in pool if p.size <= MOST_CHARS[options.length]]
    ranked = [*(fitting or pool), *plan.moments]
    first = min(options.hook, len(fitting) or len(pool) or 1) - 1
    yield from ranked[first:]
    yield from ranked[:first]
