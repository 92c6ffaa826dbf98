"""Says why a talk has no texts: nothing is written of guesses, small talk or single words."""

import math
from collections.abc import Sequence
from functools import partial

from pipeline.core.data import Transcript
from pipeline.core.texts import TEXT_NAMES, Document, TextKind
from pipeline.texts.outline import Outline
from pipeline.texts.passages import MOMENT

MIN_SURE_SHARE = 0.3  # minimum share of sentences; with fewer, the rest is no picture of the talk

# {} is the text, such as "a thread".
NOTHING_SAID = "There is no speech for {}."
MISHEARD = "Most of the speech may be misheard, which leaves too little for {}."
TOO_LITTLE = "Too little is said in {seconds} seconds for {{}}."
NOTHING_TOLD = (
    "Nothing is told for {} that a reader could follow who does not know the rest: no passage "
    "begins and ends by itself, without small talk, adverts, or words that may be misheard."
)
NOTHING_QUOTABLE = "No sentence says enough for quote cards without the rest of the talk."


def withheld(
    plan: Outline, transcript: Transcript, kinds: Sequence[TextKind]
) -> tuple[Document, ...]:
    """Return empty documents that say why no text can be made of a talk; () if one can."""
    said = transcript.sentences
    if not said:
        why = NOTHING_SAID
    elif sum(not s.doubtful for s in said) < MIN_SURE_SHARE * len(said):
        why = MISHEARD
    elif plan.moments and plan.sections:
        return ()
    elif sum(line.size for line in plan.lines) < 2 * MOMENT.least:
        why = TOO_LITTLE.format(seconds=math.ceil(said[-1].end_s - said[0].start_s))
    else:
        why = NOTHING_TOLD
    empty = partial(Document, language=transcript.language, text="")
    return tuple(empty(kind=kind, reason=why.format(TEXT_NAMES[kind])) for kind in kinds)
