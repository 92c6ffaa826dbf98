"""Split words into sentences: at punctuation, or at pauses where there is none.

Sentences take their times from their words.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from pipeline.core.data import Sentence, Word
from pipeline.language import languages, misheard_sentences

_ENDS = tuple(".?!…。！？؟।॥።")
CLOSERS = "\"'”’»)]}」』"
# "no." is not among them: it is more often an answer than "number".
_ABBREVIATIONS = frozenset(languages.of_all(lambda known: known.abbreviations))
# Months, in languages in which the number before them has a stop: "am 3. Mai".
_DATED = frozenset(languages.of_all(lambda known: known.months if known.dotted_ordinals else ()))
_LETTER_WORDS = frozenset("iyéèàòóùя")  # words of one letter that a sentence may end with
LONG_PAUSE_S = 1.5  # ends a sentence even without punctuation
MAX_WORDS = 60  # a run without punctuation that has more words is divided
MAX_S = 25.0  # a run without punctuation that lasts longer is divided
_MIDDLE_BONUS_S = 0.3  # dividing in the middle is worth this much more pause than at an end
_CLAUSE_BONUS_S = 0.25  # a comma is worth this much pause


def split(
    words: Sequence[Word],
    language: str,
    speakers: Sequence[str | None] = (),
    *,
    heard: bool = False,
) -> tuple[Sentence, ...]:
    """Return sentences, in order, that together contain every word once.

    `speakers` gives the speaker of each word, if known: a sentence has a single speaker.
    `heard`: the words are recognized ones, which may be wrong.
    """
    found: list[Sentence] = []
    for first, last in _runs(words, speakers):
        for start, end in _divide(words, first, last):
            found.append(
                Sentence(
                    text=join(words[start : end + 1], language),
                    start_s=words[start].start_s,
                    end_s=words[end].end_s,
                    first_word=start,
                    last_word=end,
                    speaker=speakers[start] if speakers else None,
                )
            )
    if not heard:
        return tuple(found)
    said = [words[s.first_word : s.last_word + 1] for s in found]
    marks = misheard_sentences.doubtful(said, language)
    return tuple(replace(s, doubtful=mark) for s, mark in zip(found, marks, strict=True))


def join(words: Sequence[Word], language: str) -> str:
    """Join words into running text of their language."""
    if languages.language(language).spaces:
        return " ".join(w.text for w in words)
    text = ""
    for word in words:  # Latin words inside such a text keep their spaces
        apart = text and text[-1].isascii() and word.text[0].isascii()
        text += (" " if apart and text[-1].isalnum() else "") + word.text
    return text


def drop_false_stops(words: Sequence[Word], language: str) -> tuple[Word, ...]:
    """Remove full stops that are followed by a lower-case letter: "my bakery. because of …".

    The recognizer takes the end of a window, or a breath, for the end of a sentence. It is none,
    either, after "he said that." or before "Took a number." (by the word classes of the language).
    """
    ordinals = languages.language(language).dotted_ordinals
    repaired = list(words)
    for i, (word, following) in enumerate(pairwise(words)):
        if word.text.endswith(".") and (mended := _mend_torn(words, i, language)):
            repaired[i], repaired[i + 1] = mended
            continue
        if not (word.text.endswith(".") and following.text[:1].islower()):
            continue
        stem = word.text[:-1]
        if ordinals and stem.isdecimal():  # "am 12. oder 13. Mai"
            continue
        if len(stem) > 1 and "." not in stem and stem.lower() not in _ABBREVIATIONS:
            repaired[i] = replace(word, text=stem)
    return tuple(repaired)


def _mend_torn(words: Sequence[Word], i: int, language: str) -> tuple[Word, Word] | None:
    """Return word i without its stop and the next in lower case, if they are one sentence."""
    known = languages.language(language).clauses
    if known is None or i == 0:
        return None
    word, following = words[i], words[i + 1]
    before, stem = words[i - 1].text.lower(), word.text[:-1].lower()
    first = following.text.lower()
    says = stem in known.complementizers and before in known.before_complementizers
    goes_on = says and first.partition("'")[0] in known.subjects | known.determiners
    torn = first in known.subjectless and following.text[:1].isupper() and not _asks(words, i + 1)
    if not (goes_on or torn):
        return None
    lower = following.text if first.partition("'")[0] == "i" else following.text[:1].lower()
    text = lower if len(lower) > 1 or first == "i" else lower + following.text[1:]
    ended = word.text[:-1] + ("" if goes_on else ",")
    return replace(word, text=ended), replace(following, text=text)


def _asks(words: Sequence[Word], first: int) -> bool:
    """Return whether the sentence that begins at a word is a question."""
    end = next((w.text for w in words[first:] if w.text.rstrip(CLOSERS).endswith(_ENDS)), "")
    return "?" in end


def ends_sentence(text: str, following: str = "") -> bool:
    """Return whether a word ends a sentence.

    "Dr.", initials, a full stop before a lower-case letter, and "am 3. Mai" do not.
    """
    bare = text.rstrip(CLOSERS)
    if not bare.endswith(_ENDS):
        return False
    if not bare.endswith(".") or bare.endswith("..."):
        return True
    stem = bare[:-1].lower().lstrip("\"'“‘«([{")
    if following[:1].islower():  # "p.m. today", or a stop that the recognizer put into a pause
        return False
    if stem.isdecimal() and following.rstrip(",.;:!?").lower() in _DATED:
        return False
    if stem in _LETTER_WORDS:  # "Quem é."; "É. Santos" has an initial
        return stem == "i" or bare[-2].islower()
    return stem not in _ABBREVIATIONS and not (len(stem) == 1 and stem.isalpha())


def _runs(words: Sequence[Word], speakers: Sequence[str | None] = ()) -> Iterator[tuple[int, int]]:
    """Yield the first and last word of each run between marks, long pauses or speakers."""
    start = 0
    for i, word in enumerate(words):
        final = i == len(words) - 1
        following = "" if final else words[i + 1].text
        if (
            final
            or ends_sentence(word.text, following)
            or _pause(words, i) >= LONG_PAUSE_S
            or (speakers and speakers[i] != speakers[i + 1])
        ):
            yield start, i
            start = i + 1


def _divide(words: Sequence[Word], first: int, last: int) -> Iterator[tuple[int, int]]:
    """Divide a run that is too long for a sentence at its clearest pause, repeatedly."""
    pending = [(first, last)]
    while pending:
        start, end = pending.pop()
        too_long = words[end].end_s - words[start].start_s > MAX_S
        if end - start < 8 or not (end - start + 1 > MAX_WORDS or too_long):
            yield start, end
            continue
        cut = _clearest_cut(words, start, end)
        pending += [(cut + 1, end), (start, cut)]  # the earlier half is popped first


def _clearest_cut(words: Sequence[Word], first: int, last: int) -> int:
    """Return the word after which to divide a run; near the middle if there is no clear pause."""
    middle, half = (first + last) / 2, (last - first) / 2

    def clarity(i: int) -> float:
        comma = _CLAUSE_BONUS_S * words[i].text.endswith((",", "，", "、"))
        return _pause(words, i) + comma - _MIDDLE_BONUS_S * abs(i - middle) / half

    return max(range(first + 3, last - 3), key=clarity)


def _pause(words: Sequence[Word], i: int) -> float:
    """Return the seconds of silence after word i."""
    return words[i + 1].start_s - words[i].end_s if i + 1 < len(words) else 0.0
