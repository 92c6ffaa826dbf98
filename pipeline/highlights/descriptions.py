"""Chooses one sentence of a clip as its description."""

from collections.abc import Sequence

from pipeline.analysis.sentence_roles import Roles
from pipeline.language import lexicon
from pipeline.language.cleanup import split_sentences, tidy
from pipeline.language.text_limits import width

MAX_DESCRIPTION_CHARS = 200
MIN_DESCRIPTION_CHARS = 40
POOR = 0.3  # what a sentence that is too long or short, asks or is the title is worth of another


def description(
    edited: Sequence[str], at: Sequence[int], roles: Roles, title: str, language: str
) -> str:
    """Return the sentence of a clip that says most and stands alone; "" without any speech.

    edited: a talk's sentences without what an editor leaves out; at: those of the clip. If all are
    long, it is cut at a word, with "…".
    """
    best, most = "", -1.0
    for i in at:
        worth = roles.alone[i] * (0.1 + roles.worth[i]) * (1.0 - roles.torn[i])
        worth *= 1.0 - max(roles.small_talk[i], roles.promotion[i])
        for part in split_sentences(edited[i]):
            text = tidy(part, language)
            if not text or lexicon.CREDITS.search(text):
                continue
            poor = text.endswith(("?", "？")) or title.rstrip("…").casefold() in text.casefold()
            fits = width(text) >= MIN_DESCRIPTION_CHARS and len(text) <= MAX_DESCRIPTION_CHARS
            own = worth * (POOR if poor else 1.0) * (1.0 if fits else POOR)
            if own > most:
                best, most = text, own
    return _shorten(best)


def _shorten(sentence: str) -> str:
    if len(sentence) <= MAX_DESCRIPTION_CHARS:
        return sentence
    whole = sentence[: MAX_DESCRIPTION_CHARS - 1]
    return (whole.rsplit(" ", 1)[0] if " " in whole else whole).rstrip(",;:") + "…"
