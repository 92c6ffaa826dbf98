"""What in a talk is not its speaker's own telling: small talk, adverts, other people's words."""

from collections.abc import Sequence
from itertools import pairwise

from pipeline.core.data import Transcript
from pipeline.language import languages
from pipeline.language.discourse_markers import is_chatter

CHATTER_GAP = 6  # sentences between two greetings that are small talk too
CHATTER_ANSWER = 8  # sentences that an answer to small talk may have
QUOTED = 6  # sentences of a quotation, in case its end is not marked
_ASKING = ("?", "？", *languages.of_all(lambda known: known.question_endings))


def asks(text: str) -> bool:
    """Whether a sentence is a question, by its mark or, in Japanese, its last letters."""
    return text.rstrip('"”’ ').endswith(_ASKING)


def chatter(transcript: Transcript, inside: set[int]) -> set[int]:
    """Sentences that greet, advertise or talk about the talk, and the few between such."""
    found = [
        i
        for i, s in enumerate(transcript.sentences)
        if is_chatter(s.text, transcript.language) and i not in inside
    ]
    between = {
        i
        for a, b in pairwise(found)
        if b - a <= CHATTER_GAP and not inside & set(range(a, b))
        for i in range(a, b)
    }
    return between | set(found) | _small_talk(transcript, found, inside)


def _small_talk(transcript: Transcript, found: Sequence[int], inside: set[int]) -> set[int]:
    """What is answered to a question that is small talk, up to the next question."""
    sentences = transcript.sentences
    answers: set[int] = set()
    for at in found:
        if not asks(sentences[at].text) or sentences[at].speaker is None:
            continue
        for i in range(at + 1, min(len(sentences), at + 1 + CHATTER_ANSWER)):
            asks_on = asks(sentences[i].text) and i not in found and i > at + 1
            if i in inside or (asks_on and sentences[i].speaker == sentences[at].speaker):
                break
            answers.add(i)
    return answers


def quoted(transcript: Transcript) -> set[int]:
    """Sentences amid a quotation that began in one before: they are somebody else's words."""
    found: set[int] = set()
    left = 0  # sentences for which a quotation is believed to go on
    for i, sentence in enumerate(transcript.sentences):
        if left:
            found.add(i)
        opens = _opened(sentence.text, transcript.language)
        odd = sentence.text.count('"') % 2 == 1
        if opens > 0 or (odd and not left):
            left = QUOTED
        else:
            left = 0 if opens < 0 or odd else max(0, left - 1)
    return found


def _opened(text: str, language: str) -> int:
    """How many quotations it opens and does not close; German closes with what English opens."""
    opening, closing = languages.language(language).quotation_marks
    return text.count(opening) - text.count(closing)
