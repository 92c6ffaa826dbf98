"""Splits words into phrases and phrases into groups, where a speaker would pause.

The groups of a phrase are chosen together (optimal line breaking after Knuth and Plass, 1981), so
that none is a leftover. What is known of a language stands in its file: after an article or a
preposition is no place for a break, before a conjunction is a good one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipeline.captions.layout.emphasis import UNITS
from pipeline.core.data import Word
from pipeline.language import languages, lexicon
from pipeline.language.writing_systems import (
    break_cost,
    separator,
    word_equivalents,
)

MIN_PAUSE_S = 0.55  # silence between words that ends a group
ENDS_SENTENCE = ".!?…。！？؟।॥"
ENDS_CLAUSE = ",;:—、，；：،؛)"
CLOSING = "\"'”’»)]】」』"
PUNCTUATION = ENDS_SENTENCE + ENDS_CLAUSE + CLOSING + "“„«‘(["
MAX_LEANING_LETTERS = 3  # a word this short leans on the next one, if its language does not tell

# Costs of a group, in groups: what it costs to show one more.
SPARE_ROOM = 0.35  # cost of the square of missing words, per word that has room
LONE_WORD = 2.5  # cost of a single word that is not the whole phrase
LEANING = 0.9  # cost of a break after "of", "the", "a", and between a number and its unit
LEANING_PERHAPS = 0.5  # cost of a break after a word without content: also "here" and "now"
TEAR = 2.5  # cost of a break inside a word; more than the cost of another group
CLAUSE_GAIN = 0.6  # gain of a break after a comma
OPENING_GAIN = 0.4  # gain of a break before "and", "because", "with"
MAX_PAUSE_GAIN, PAUSE_GAIN_PER_S = 0.8, 3.0  # gain of a break in a silence


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """Words between two pauses, sentence ends or changes of speaker."""

    words: tuple[Word, ...]  # text as shown
    ends: tuple[str, ...]  # what each word ends: "sentence", "clause" or ""
    speaker: int = 0
    language: str = ""  # ISO 639-1

    def texts(self, first: int, end: int) -> list[str]:
        """Return the texts of words first..end-1."""
        return [word.text for word in self.words[first:end]]


def end_of(text: str) -> str:
    """Return what a word ends by its punctuation: "sentence", "clause" or ""."""
    text = text.rstrip()
    last = text.rstrip(CLOSING)[-1:] or text[-1:]
    if last in tuple(ENDS_SENTENCE):
        return "sentence"
    # a closing parenthesis ends a clause whatever stands in it
    return "clause" if {last, text[-1:]} & set(ENDS_CLAUSE) else ""


def phrases(
    words: Sequence[Word],
    ends: Sequence[str],
    speakers: Sequence[int],
    language: str,
    *,
    joints_s: Sequence[float] = (),
) -> list[Phrase]:
    """Split words at pauses, sentence ends, changes of speaker and `joints_s`.

    `ends` and `speakers` have an entry for each word.
    """
    found: list[Phrase] = []
    begin = 0
    for i in range(1, len(words) + 1):
        if (
            i == len(words)
            or (ends[i - 1] == "sentence" and _is_word(words[i].text))
            or words[i].start_s - words[i - 1].end_s >= MIN_PAUSE_S
            or speakers[i] != speakers[i - 1]
            or any(words[i - 1].start_s < joint_s <= words[i].start_s for joint_s in joints_s)
        ):
            found.append(
                Phrase(
                    words=tuple(words[begin:i]),
                    ends=tuple(ends[begin:i]),
                    speaker=speakers[begin],
                    language=language,
                )
            )
            begin = i
    return found


def partition(
    phrase: Phrase, max_words: int, lines: Callable[[list[str]], bool]
) -> list[tuple[int, int]]:
    """Return (first, end) of a phrase's groups; `lines` tells whether texts fit a group's lines."""
    n = len(phrase.words)
    best: list[tuple[float, int]] = [(0.0, 0)] + [(float("inf"), 0)] * n
    for end in range(1, n + 1):
        count = 0.0
        for first in range(end - 1, -1, -1):
            count += word_equivalents(phrase.words[first].text)
            texts = phrase.texts(first, end)
            if len(texts) > 1 and (count > max_words + 1e-9 or not lines(texts)):
                break
            cost = best[first][0] + _group_cost(phrase, first, end, max_words)
            if cost < best[end][0]:
                best[end] = (cost, first)
    spans: list[tuple[int, int]] = []
    end = n
    while end > 0:
        spans.append((best[end][1], end))
        end = best[end][1]
    return spans[::-1]


def _group_cost(phrase: Phrase, first: int, end: int, max_words: int) -> float:
    """Return how badly words first..end-1 read as a group; 0 is best."""
    count = sum(map(word_equivalents, phrase.texts(first, end)))
    cost = 1.0 + SPARE_ROOM * max(0.0, max_words - count) ** 2 / max_words
    if count <= 1 and end - first < len(phrase.words):
        cost += LONE_WORD
    return cost + (_break_cost(phrase, end) if end < len(phrase.words) else 0.0)


def _break_cost(phrase: Phrase, at: int) -> float:
    """Return the cost of a break before a word of the phrase, less than 0 where it is good."""
    before, after = phrase.words[at - 1], phrase.words[at]
    gap_s = max(0.0, after.start_s - before.end_s)
    cost = -min(MAX_PAUSE_GAIN, PAUSE_GAIN_PER_S * gap_s)
    if phrase.ends[at - 1] == "clause":
        return cost - CLAUSE_GAIN
    if not separator(before.text, after.text):
        return cost + TEAR * break_cost(before.text, after.text)
    if _bare(after.text) in UNITS and any(map(str.isdecimal, before.text)):
        return cost + LEANING
    if _bare(after.text) in lexicon.openings(phrase.language):
        cost -= OPENING_GAIN
    return cost + _lean(before.text, phrase.language)


def _lean(text: str, language: str) -> float:
    """Return the cost of a break after a word, as far as it belongs to the next one."""
    known = languages.language(language).last_words
    if known:
        return LEANING if _bare(text) in known else 0.0
    if _bare(text) in lexicon.stop_words(language):
        return LEANING_PERHAPS
    return LEANING if len(text) <= MAX_LEANING_LETTERS else 0.0


def _bare(text: str) -> str:
    return text.strip(PUNCTUATION).replace("’", "'").casefold()


def _is_word(text: str) -> bool:
    """Whether the text has anything to speak; a lone emoji stays with the sentence before it."""
    return any(char.isalnum() for char in text)
