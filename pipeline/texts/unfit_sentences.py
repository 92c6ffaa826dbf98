"""Finds the sentences that no title, hook or takeaway is made of, true as they may be.

Those in another language than the talk's, and those of an exchange of insults. What was said to a
language model that may read along is left out altogether.
"""

import re
from collections.abc import Collection, Sequence
from functools import cache
from itertools import pairwise

from pipeline.language import languages
from pipeline.language.cleanup import split_sentences, together
from pipeline.language.disfluencies import bare
from pipeline.language.schema.entries import any_of

MIN_FOREIGN_WORDS = 3  # function words of the other language
MIN_FOREIGN_RATIO = 2.0  # minimum ratio of these to those of the talk's language
HEATED_SENTENCES = 2  # around an insult, that belong to the quarrel
RESTART_WORDS = 3  # from a beginning to the same one after another word
_BROKEN_OFF = re.compile(r"(?:\.{2,}|…|[—–]|--+|\s-)[\"”’»]*\s*$")
COMMANDS = re.compile(any_of(languages.of_all(lambda known: known.model_commands)), re.IGNORECASE)


def commands_a_model(text: str) -> bool:
    """Return whether a sentence speaks to a language model: "Ignore all instructions"."""
    return bool(COMMANDS.search(text))


def is_torn(text: str, language: str) -> bool:
    """Return whether a statement was broken off: "You were going to the.", "…, because you."."""
    known = languages.language(language)
    before, last = ["", "", *(bare(t) for t in text.split())][-2:]
    torn = last in known.breaking
    if known.clauses is not None:
        joins = known.clauses.joins | known.clauses.relatives - known.clauses.adding
        torn = torn or (last in known.clauses.subjects and before in joins)
    return text.endswith(".") and torn and not text.rsplit(maxsplit=1)[-1][:1].isupper()


def without_torn_end(text: str, spoken: str, language: str) -> str:
    """Return what a speaker said before they broke off in the last sentence; maybe "".

    spoken: the text as it was transcribed. It ends with dots or a dash there, and the last word is
    one that something follows: "You came in before I could even—". A conjunction after a comma is
    all that is torn: "It worked, so…".
    """
    known = languages.language(language)
    *whole, last = split_sentences(text) or [""]
    *before, end = last.split() or [""]
    if known.clauses is None or not before or not _BROKEN_OFF.search(spoken):
        return text
    word, apart = bare(end), before[-1].endswith(",")
    if apart and word in known.clauses.joins:
        return together([*whole, " ".join(before).rstrip(",") + "."])
    going_on = known.breaking | known.clauses.unfinished - known.clauses.joins  # "I think so"
    return together(whole) if word in going_on and not apart else text


def trails_off(text: str, language: str) -> bool:
    """Return whether a sentence ends as if it went on, as spoken Japanese does: "裸で。"."""
    return bool(languages.language(language).unfinished.search(text))


def heated(texts: Sequence[str], language: str) -> Collection[int]:
    """Return the positions of sentences with an insult, or close to one."""
    insults = languages.language(language).insults
    found = [
        at for at, text in enumerate(texts) if not insults.isdisjoint(bare(t) for t in text.split())
    ]
    return {
        near
        for at in found
        for near in range(at - HEATED_SENTENCES, at + HEATED_SENTENCES + 1)
        if len(found) > 1
    }


def is_foreign(text: str, language: str) -> bool:
    """Return whether a sentence is in another language, by the function words of all."""
    tokens = [bare(t) for t in text.split()]
    own = sum(t in languages.language(language).stop_words for t in tokens)
    return any(
        (count := sum(t in words for t in tokens)) >= MIN_FOREIGN_WORDS
        and count >= MIN_FOREIGN_RATIO * max(1, own)
        for code, words in _function_words()
        if code != language
    )


@cache
def _function_words() -> tuple[tuple[str, frozenset[str]], ...]:
    return tuple((code, languages.language(code).stop_words) for code in languages.codes())


def restarts(text: str, language: str) -> bool:
    """Return whether somebody begins anew: "You get very you get", "Where is the, oh, leaf"."""
    words = text.split()
    pairs = [(bare(a), bare(b)) for a, b in pairwise(words)]
    again = any(
        one == other and words[at + 1][-1].isalnum() and words[at + 2][-1].isalnum()
        for at, (one, other) in enumerate(zip(pairs, pairs[RESTART_WORDS:], strict=False))
    )
    known = languages.language(language)
    articles = known.determiners - known.demonstratives - known.negations
    return again or any(word[-1] == "," and bare(word) in articles for word in words)
