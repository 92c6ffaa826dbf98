"""Finds the sentences that are not the speaker's own: small talk, adverts, quotations."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from pipeline.core.data import Sentence, Transcript
from pipeline.language import languages, lexicon
from pipeline.language.discourse_markers import is_chatter
from pipeline.language.text_limits import width
from pipeline.texts.sentence_weights import alone

MAX_CHATTER_GAP = 6  # sentences between two greetings that count as small talk, too
MAX_END_SENTENCES = 8  # before a greeting that opens a talk, or after the last
MAX_LEAVE_SENTENCES = 5  # maximum sentences of a last exchange before the farewell
MAX_ADVERT_SENTENCES = 6  # after its first
MAX_CHATTER_ANSWER = 8  # sentences of an answer to small talk
MIN_SUBJECT_CHARS = 40  # minimum characters of a question that ends small talk, whoever asks it
MAX_QUOTED_SENTENCES = 6  # maximum sentences of a quotation whose end is not marked
_ASKING = ("?", "？", *languages.of_all(lambda known: known.question_endings))


def asks(text: str) -> bool:
    """Whether a sentence is a question, by its mark or, in Japanese, its last letters."""
    return text.rstrip('"”’ ').endswith(_ASKING)


def chatter(transcript: Transcript, inside: set[int]) -> set[int]:
    """Return sentences that greet, advertise or talk about the talk, and the few around them."""
    found = [
        i
        for i, s in enumerate(transcript.sentences)
        if is_chatter(s.text, transcript.language) and i not in inside
    ]
    between = {
        i
        for a, b in pairwise(found)
        if b - a <= MAX_CHATTER_GAP and not inside & set(range(a, b))
        for i in range(a, b)
    }
    count = len(transcript.sentences)
    at_ends = {
        i
        for a in found
        for i in (
            *(set(range(a)) - inside if a < MAX_END_SENTENCES else ()),
            *(range(a, count) if count - a <= MAX_END_SENTENCES else ()),
        )
        if count > 2 * MAX_END_SENTENCES
    }
    adverts = {i for a in found for i in _advert(transcript, a)} - inside
    leave = _leave(transcript, found) - inside
    return adverts | between | set(found) | at_ends | leave | _small_talk(transcript, found, inside)


def _leave(transcript: Transcript, found: Sequence[int]) -> set[int]:
    """Return a last question and its answer before the farewell that mean something there alone.

    "And you brought me one? – Well, it was under my coat." Each of them leans on what one sees.
    """
    sentences, count = transcript.sentences, len(transcript.sentences)
    end = next((a for a in found if count - a <= MAX_END_SENTENCES), count)
    first = end
    while max(0, end - MAX_LEAVE_SENTENCES) < first < count and not alone(
        sentences[first - 1].text, transcript.language
    ):
        first -= 1
    asked = next((i for i in range(first, end) if asks(sentences[i].text)), end)
    return set(range(asked, end))


def _advert(transcript: Transcript, first: int) -> Iterator[int]:
    """Yield the sentences with which an advert goes on, if one begins here."""
    sentences = transcript.sentences
    if not lexicon.grammar(transcript.language).adverts.search(sentences[first].text):
        return
    for i in range(first + 1, min(len(sentences), first + 1 + MAX_ADVERT_SENTENCES)):
        if sentences[i].speaker != sentences[first].speaker:
            return
        yield i


def _small_talk(transcript: Transcript, found: Sequence[int], inside: set[int]) -> set[int]:
    """Return the answers to small-talk questions, up to the next question."""
    sentences = transcript.sentences
    answers: set[int] = set()
    for at in found:
        if not asks(sentences[at].text) or sentences[at].speaker is None:
            continue
        for i in range(at + 1, min(len(sentences), at + 1 + MAX_CHATTER_ANSWER)):
            if i in inside or (
                i > at + 1 and i not in found and _goes_on(sentences[i], sentences[at])
            ):
                break
            answers.add(i)
    return answers


def _goes_on(sentence: Sentence, asked: Sentence) -> bool:
    """Return whether a sentence after a question of small talk begins the subject."""
    own = sentence.speaker == asked.speaker
    return asks(sentence.text) and (own or width(sentence.text) >= MIN_SUBJECT_CHARS)


def quoted(transcript: Transcript) -> set[int]:
    """Return sentences within a quotation that began earlier: other people's words."""
    found: set[int] = set()
    remaining = 0  # sentences for which a quotation is assumed to continue
    for i, sentence in enumerate(transcript.sentences):
        if remaining:
            found.add(i)
        opens = open_quotations(sentence.text, transcript.language)
        odd = sentence.text.count('"') % 2 == 1
        if opens > 0 or (odd and not remaining):
            remaining = MAX_QUOTED_SENTENCES
        else:
            remaining = 0 if opens < 0 or odd else max(0, remaining - 1)
    return found


def open_quotations(text: str, language: str) -> int:
    """Return how many quotations stay open, in the marks of any language.

    German closes with what English opens with.
    """
    low = "„" in text or languages.language(language).quotation_marks[0] == "„"
    opens, closes = ("„«「『", "“”»」』") if low else ("“«「『", "”»」』")
    return sum(map(text.count, opens)) - sum(map(text.count, closes))
