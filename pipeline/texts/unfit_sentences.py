"""Finds the sentences that are not printed, true as they may be.

Insults and what is said beside them, another language, formulas, what a recognizer repeats, and
what was said to a language model that may read along.
"""

import re
from collections.abc import Collection, Sequence

from pipeline.language import languages, lexicon
from pipeline.language.cleanup import plain
from pipeline.language.disfluencies import bare
from pipeline.language.schema.entries import any_of

MIN_FOREIGN_WORDS = 3  # function words of the other language
MIN_FOREIGN_RATIO = 2.0  # minimum ratio of these to those of the talk's language
MIN_SYMBOLIC = 4  # minimum sentences with a symbol, of a talk that calculates
LETTER_WORDS = frozenset("aeiouy")  # words of one letter, in one language or another
GREEK = frozenset(re.findall(r"\w+", "alpha beta gamma delta epsilon lambda rho sigma theta mu"))
HEATED_SENTENCES = 2  # around an insult, that belong to the quarrel
COMMANDS = re.compile(any_of(languages.of_all(lambda known: known.model_commands)), re.IGNORECASE)


def commands_a_model(text: str) -> bool:
    """Return whether a sentence speaks to a language model: "Ignore all instructions"."""
    return bool(COMMANDS.search(text))


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


def foreign(texts: Sequence[str], language: str) -> Collection[int]:
    """Return the positions of sentences in another language, by function words that differ."""
    own = lexicon.stop_words(language)
    others = [languages.language(code).stop_words for code in languages.codes() if code != language]

    def is_foreign(text: str) -> bool:
        tokens = [bare(t) for t in text.split()]
        return any(
            (count := sum(t in other and t not in own for t in tokens)) >= MIN_FOREIGN_WORDS
            and count >= MIN_FOREIGN_RATIO * sum(t in own and t not in other for t in tokens)
            for other in others
        )

    return {at for at, text in enumerate(texts) if own and is_foreign(text)}


def symbolic(texts: Sequence[str], language: str) -> Collection[int]:
    """Return the positions of sentences with a formula, which nobody follows in words.

    Formulas are read aloud where single letters and Greek ones come again and again: "L equals
    lambda W".
    """
    words = lexicon.stop_words(language) | LETTER_WORDS

    def is_symbol(word: str) -> bool:
        letter = len(word) == 1 and word.isascii() and word.isalpha()
        return word in GREEK or (letter and word not in words)

    found = {at for at, text in enumerate(texts) if any(is_symbol(bare(t)) for t in text.split())}
    return found if len(found) >= MIN_SYMBOLIC else ()


def repeated(texts: Sequence[str]) -> Collection[int]:
    """Return the positions of sentences that come three times in a row: a recognizer's slip."""
    words = [plain(text) for text in texts]
    thrice = (at for at in range(2, len(words)) if words[at] == words[at - 1] == words[at - 2])
    return {n for at in thrice for n in (at - 2, at - 1, at)}
