"""Says why a talk has no texts: nothing is written of guesses, small talk or single words."""

from collections.abc import Sequence

from pipeline.core.data import Highlight, Transcript
from pipeline.texts.outline import Outline

MIN_TOLD_SCORE = 10  # virality score of the best highlight of a talk that tells something
# length in seconds of a highlight whose score says something: such moments were learned
JUDGED_S = (15.0, 100.0)
# minimum share of the sentences; with fewer, the rest is no picture of the talk
MIN_SURE_SHARE = 0.3

NOTHING_SAID = "Nothing is said in the recording."
MISHEARD = "Most of the speech may be misheard, and no text is made of guesses."
NOTHING_TOLD = (
    "Nothing is told that a reader could follow: small talk, questions, numbers or single words."
)
NOTHING_QUOTABLE = "No sentence says something to a reader who knows nothing else of the talk."


def reason_for_none(plan: Outline, transcript: Transcript, highlights: Sequence[Highlight]) -> str:
    """Return why no text can be made of a talk; "" if one can."""
    if not transcript.sentences:
        return NOTHING_SAID
    sure = sum(not s.doubtful for s in transcript.sentences)
    if sure < MIN_SURE_SHARE * len(transcript.sentences):
        return MISHEARD
    shortest_s, longest_s = JUDGED_S
    judged = [
        h.virality_score for h in highlights if shortest_s <= h.end_s - h.start_s <= longest_s
    ]
    if judged and max(judged) < MIN_TOLD_SCORE:
        return NOTHING_TOLD
    told = (n.solid and not (n.chatter or n.ceremony or n.question) for n in plan.lines)
    return "" if any(told) else NOTHING_TOLD
