"""Says why a talk has no texts: nothing is written of guesses, small talk or single words."""

from pipeline.core.data import Transcript
from pipeline.texts.outline import Outline

# minimum share of the sentences; with fewer, the rest is no picture of the talk
MIN_SURE_SHARE = 0.3

NOTHING_SAID = "Nothing is said in the recording."
MISHEARD = "Most of the speech may be misheard, and no text is made of guesses."
NOTHING_TOLD = (
    "Nothing is told that a reader could follow who does not know the rest: no passage begins and "
    "ends by itself, without small talk, adverts, or words that may be misheard."
)
NOTHING_QUOTABLE = "No sentence says something to a reader who knows nothing else of the talk."


def reason_for_none(plan: Outline, transcript: Transcript) -> str:
    """Return why no text can be made of a talk; "" if one can."""
    if not transcript.sentences:
        return NOTHING_SAID
    sure = sum(not s.doubtful for s in transcript.sentences)
    if sure < MIN_SURE_SHARE * len(transcript.sentences):
        return MISHEARD
    return "" if plan.moments and plan.sections else NOTHING_TOLD
