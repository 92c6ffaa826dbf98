"""Tells whether a sentence says something about the talk's subject, to a reader without the talk.

A takeaway, a summary's sentence and a quotation stand for the whole talk: each names what the talk
is about, goes on from nothing, and is whole.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from functools import cache

from pipeline.language import languages, lexicon
from pipeline.language.disfluencies import bare
from pipeline.texts.line import Line
from pipeline.texts.unfit_sentences import is_torn, restarts

MAX_LINK_WORDS = 4  # before a comma, that say nothing but how a sentence goes on: "In fact,"
SUBJECT_WORDS = 2  # first words of a sentence, among which its subject is: "Now I", "My"
MIN_LETTERS = 4  # minimum letters of a word that says what a talk is about
MIN_MENTIONS = 3  # lines that name a subject
MAX_SUBJECTS = 30  # maximum subjects of a talk
MIN_SUBJECTS = 8  # minimum subjects of a talk; one with fewer is too short to have subjects
LINES_PER_SUBJECT = 12  # lines of a talk, for each of its subjects


def links(text: str, language: str) -> bool:
    """Return whether a sentence begins with how it goes on: "In turn,", "Specifically", "Like"."""
    words, own = text.split(), languages.language(language)
    if not words:
        return False
    grammar = lexicon.grammar(language)
    first = bare(words[0])
    small = _small_words(language)
    if first in grammar.weak_starts or words[0][-1:] == "," or _is_adverb(first, language):
        return True
    comparing = own.clauses.comparing if own.clauses else frozenset()
    if len(words) > 1 and first in small and bare(words[1]) in comparing and "," not in text:
        return True  # "Rather than any time you need it."
    for at, word in enumerate(words[:MAX_LINK_WORDS]):
        known = bare(word) in small or _is_adverb(bare(word), language)
        if not known or bare(word) in grammar.personal or bare(word) in own.pronouns:
            return False
        if word.endswith(","):
            return at > 0
    return False


@cache
def _small_words(language: str) -> frozenset[str]:
    return lexicon.stop_words(language) | lexicon.common_words(language)


def _is_adverb(word: str, language: str) -> bool:
    clauses = languages.language(language).clauses
    endings = clauses.adverb_endings if clauses else ()
    return bool(endings) and len(word) > MIN_LETTERS and word.endswith(tuple(endings))


def subjects(lines: Sequence[Line], language: str) -> frozenset[str]:
    """Return the words that most lines of a talk name, the speakers' names aside; few: none."""
    names = {bare(part) for n in lines if n.speaker for part in n.speaker.split()}
    counts = Counter(w for n in lines if not n.chatter for w in set(_words(n.text, language)))
    common = lexicon.common_words(language) | lexicon.vague_nouns(language) | names
    most = min(MAX_SUBJECTS, len(lines) // LINES_PER_SUBJECT)
    ranked = sorted(counts, key=lambda word: (-counts[word], word))
    found = [w for w in ranked if counts[w] >= MIN_MENTIONS and w not in common][:most]
    return frozenset(found if len(found) >= MIN_SUBJECTS else ())


def named_subjects(text: str, about: Collection[str], language: str) -> int:
    """Return how many of a talk's subjects a text names."""
    return len({*about} & {*_words(text, language)})


def names_subject(text: str, about: Collection[str], language: str, *, least: int = 1) -> bool:
    """Return whether a text has so many of a talk's subjects; true for a talk without."""
    return not about or named_subjects(text, about, language) >= least


def repeated(lines: Sequence[Line], language: str) -> frozenset[str]:
    """Return the words that several lines of a part name: what it is about."""
    counts = Counter(w for n in lines for w in set(_words(n.text, language)))
    common = lexicon.common_words(language) | lexicon.vague_nouns(language)
    return frozenset(w for w, n in counts.items() if n > 1 and w not in common)


def points(text: str, language: str) -> bool:
    """Return whether a text points at something: "Some of those features"."""
    own = languages.language(language)
    tokens = {bare(t) for t in text.split()}
    return links(text, language) or not tokens.isdisjoint(own.pronouns)


def is_about_speaker(text: str, language: str) -> bool:
    """Return whether a statement begins with who speaks: "I", "My"."""
    grammar = lexicon.grammar(language)
    first = {bare(t).partition("'")[0] for t in text.split()[:SUBJECT_WORDS]}
    return not first.isdisjoint(grammar.personal - grammar.readers)


def is_whole(text: str, language: str) -> bool:
    """Return whether a statement can be printed alone: not torn, not begun anew, no lead-in."""
    clauses = languages.language(language).clauses
    open_ends = clauses.continues | clauses.joins if clauses else frozenset()
    torn = is_torn(text, language) or bare(text.rsplit(maxsplit=1)[-1]) in open_ends
    torn = torn or text.rstrip(".”\"'").endswith((",", ";", ":"))  # "… to be able to say look,."
    return not (torn or links(text, language) or restarts(text, language))


def _words(text: str, language: str) -> list[str]:
    small = lexicon.stop_words(language)
    stems = (bare(t).removesuffix("'s").removesuffix("’s") for t in text.split())
    return [
        _singular(w) for w in stems if len(w) >= MIN_LETTERS and w not in small and "'" not in w
    ]


def _singular(word: str) -> str:
    return word.removesuffix("s") if len(word) > MIN_LETTERS else word
