"""Finds sentences that say something else than the spoken ones on which they claim to rest."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from bench.texts import Draft, Finding
from bench.texts.word_classes import WordClasses, word_classes
from pipeline.core.texts import Statement
from pipeline.language import languages, lexicon
from pipeline.language.cleanup import plain
from pipeline.language.disfluencies import bare

SMALL_TALK = Path(__file__).with_name("small_talk.toml")
MIN_SHARE = 0.6  # of a sentence's words, that its sources must have
AGAIN = 4  # words after a stutter within which the negation is said again
_MARK = re.compile(r"[.,;:!?…。、，！？；：—–-]+[\"”’»」)]*$")
_LETTER = re.compile(r"\w|[^\w\s]+")


class Token(NamedTuple):
    """A word, or a letter in scripts without spaces."""

    word: str  # bare
    ends_clause: bool  # a punctuation mark follows


def tokens(text: str, language: str) -> list[Token]:
    """Return the words of a text, or letters in scripts without spaces."""
    if languages.language(language).spaces:
        pairs = ((bare(t), bool(_MARK.search(t))) for t in text.split())
        return [Token(word, ends) for word, ends in pairs if word]
    letters = _LETTER.findall(text)
    return [
        Token(letter, not after[:1].isalnum())
        for letter, after in zip(letters, [*letters[1:], "。"], strict=True)
        if letter.isalnum()
    ]


def find_untrue(draft: Draft) -> Iterator[Finding]:
    """Find statements whose sources have other words, deny something else, or are small talk."""
    language, idle = draft.transcript.language, small_talk(draft.talk)
    sentences = draft.transcript.sentences
    blocks = (block for block in draft.document.blocks if block.kind != "standfirst")  # an editor's
    for statement in (s for block in blocks for s in block.statements if s.sources):
        original = " ".join(sentences[i].text for i in statement.sources)
        said, written = tokens(original, language), tokens(statement.text, language)
        shared = Counter(t.word for t in said) & Counter(t.word for t in written)
        if shared.total() < MIN_SHARE * len(written):
            yield Finding("unsupported", statement.text, f"rests on: {original}")
            continue
        dropped, added = _denied(said, written, language)
        if len(dropped) != len(added):
            signs = [*(f"-{w}" for w in dropped), *(f"+{w}" for w in added)]
            yield Finding("negation", statement.text, f"{', '.join(signs)} of: {original}")
        if _is_idle(statement, draft, idle):
            yield Finding("small talk", statement.text)


@cache
def small_talk(talk: str) -> frozenset[int]:
    """Return the indices of a talk's sentences that no text should have, marked by hand."""
    ranges = tomllib.loads(SMALL_TALK.read_text(encoding="utf-8")).get(talk, [])
    return frozenset(i for first, last in ranges for i in range(first, last + 1))


def _is_idle(statement: Statement, draft: Draft, idle: frozenset[int]) -> bool:
    """Whether nobody says this outside the small talk."""
    elsewhere = (s for i, s in enumerate(draft.transcript.sentences) if i not in idle)
    return idle.issuperset(statement.sources) and all(
        plain(s.text) != plain(statement.text) for s in elsewhere
    )


def _denied(
    said: Sequence[Token], written: Sequence[Token], language: str
) -> tuple[list[str], list[str]]:
    """Return the negations that a sentence dropped from kept clauses, and those it added.

    Clauses that were left out whole do not count.
    """
    words = word_classes(language)
    matcher = SequenceMatcher(
        None, [t.word for t in said], [t.word for t in written], autojunk=False
    )
    kept, told = set[int](), set[int]()
    for block in matcher.get_matching_blocks():
        kept |= set(range(block.a, block.a + block.size))
        told |= set(range(block.b, block.b + block.size))
    before = _negations(said, words)
    dropped = [
        word
        for i, word in before
        if i not in kept
        and _clause_is_kept(said, i, kept, language)
        and not any(0 < j - i <= AGAIN and w == word and j in kept for j, w in before)
    ]
    return dropped, [word for i, word in _negations(written, words) if i not in told]


def _negations(said: Sequence[Token], words: WordClasses) -> list[tuple[int, str]]:
    """Return the negations with their places; letters are read in pairs, too: "ない"."""
    found = [(i, t.word) for i, t in enumerate(said) if words.denies(t.word)]
    found += [
        (i, a.word + b.word)
        for i, (a, b) in enumerate(pairwise(said))
        if len(a.word) == len(b.word) == 1
        and words.denies(a.word + b.word)
        and not (words.denies(a.word) or words.denies(b.word))
        and not (a.word.isascii() or b.word.isascii())
    ]
    return found


def _clause_is_kept(said: Sequence[Token], at: int, kept: set[int], language: str) -> bool:
    """Whether most words with content of the clause around a word are in the text.

    A clause ends at a mark, or before "because".
    """
    first, last, dependent = at, at, word_classes(language).dependent
    while first > 0 and not said[first - 1].ends_clause and said[first].word not in dependent:
        first -= 1
    while (
        last < len(said) - 1 and not said[last].ends_clause and said[last + 1].word not in dependent
    ):
        last += 1
    small = lexicon.stop_words(language)
    content = [i for i in range(first, last + 1) if i != at and said[i].word not in small]
    return sum(i in kept for i in content) * 2 > len(content)
