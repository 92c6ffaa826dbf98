"""Finds sentences that deny something else than the speaker did."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import pairwise

from bench.texts.alignment import Token
from bench.texts.drafts import Draft
from bench.texts.findings import Finding
from bench.texts.word_classes import WordClasses
from pipeline.language import lexicon

AGAIN = 4  # maximum number of words between a negation and the same one, said again


def find_negations(draft: Draft) -> Iterator[Finding]:
    """Compare each sentence with its source; clauses that were left out whole do not count."""
    spoken = draft.spoken
    for part in draft.parts:
        if part.kind in ("tags", "label"):
            continue
        for sentence in part.sentences:
            source = spoken.find(sentence)
            if source is None:
                continue
            said, written = spoken.tokens_of(source), spoken.tokens(sentence)
            dropped, added = _differences(said, written, draft)
            if len(dropped) != len(added):
                signs = [*(f"-{w}" for w in dropped), *(f"+{w}" for w in added)]
                original = " ".join(
                    s.text for s in draft.transcript.sentences[source.first : source.last + 1]
                )
                yield Finding("negation", sentence, f"{', '.join(signs)} of: {original}")


def _differences(
    said: Sequence[Token], written: Sequence[Token], draft: Draft
) -> tuple[list[str], list[str]]:
    """Return the negations that the text dropped from kept clauses, and those it added."""
    matcher = SequenceMatcher(
        None, [t.word for t in said], [t.word for t in written], autojunk=False
    )
    kept, told = set[int](), set[int]()
    for block in matcher.get_matching_blocks():
        kept |= set(range(block.a, block.a + block.size))
        told |= set(range(block.b, block.b + block.size))
    before = _negations(said, draft.words)
    after = _negations(written, draft.words)
    dropped = [
        word
        for i, word in before
        if i not in kept
        and _clause_is_kept(said, i, kept, draft)
        and not any(0 < abs(j - i) <= AGAIN and w == word and j in kept for j, w in before)
    ]
    return dropped, [word for i, word in after if i not in told]


def _negations(tokens: Sequence[Token], words: WordClasses) -> list[tuple[int, str]]:
    """Return the negations with their places; letters are read in pairs, too: "ない"."""
    found = [(i, t.word) for i, t in enumerate(tokens) if words.denies(t.word)]
    found += [
        (i, a.word + b.word)
        for i, (a, b) in enumerate(pairwise(tokens))
        if len(a.word) == len(b.word) == 1
        and words.denies(a.word + b.word)
        and not (words.denies(a.word) or words.denies(b.word))
        and not (a.word.isascii() or b.word.isascii())
    ]
    return found


def _clause_is_kept(tokens: Sequence[Token], at: int, kept: set[int], draft: Draft) -> bool:
    """Whether most words with content of the clause around a word are in the text.

    A clause ends at a mark, or before "because".
    """
    first, last, dependent = at, at, draft.words.dependent
    while first > 0 and not tokens[first - 1].ends_clause and tokens[first].word not in dependent:
        first -= 1
    while (
        last < len(tokens) - 1
        and not tokens[last].ends_clause
        and tokens[last + 1].word not in dependent
    ):
        last += 1
    small = lexicon.stop_words(draft.language)
    content = [i for i in range(first, last + 1) if i != at and tokens[i].word not in small]
    return sum(i in kept for i in content) * 2 > len(content)
