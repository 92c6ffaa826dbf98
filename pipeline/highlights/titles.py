"""Chooses the title of a clip from its own words, as an editor prints them."""

import re
from collections.abc import Iterable, Sequence

import numpy as np

from pipeline.analysis.copy_edits import split
from pipeline.analysis.title_fitness import Clause, Material
from pipeline.core.arrays import F64
from pipeline.core.data import TitleKind, TitleVariant
from pipeline.language import languages, lexicon
from pipeline.language.cleanup import split_sentences, tidy
from pipeline.language.conjunctions import strip_conjunction
from pipeline.language.disfluencies import bare
from pipeline.language.text_limits import width

MAX_TITLE_CHARS = 60
MAX_SENTENCES = 60  # at the beginning of a long clip, in which a title is looked for
MIN_WORDS = 3
MIN_CHARS = 12  # minimum characters of a title with fewer words
MAX_TAG_WORDS = 2  # "right?": what follows the last comma is no part of what is asked
MAX_LOSS = 2.0  # nats that a title of another kind may be worse than the best
_ASKS = ("?", "？")
_EDGES = ' ,;:—–-"“”、，；：'
_PAUSE = re.compile(r"[,;:—–、，；：…]+[\"”’)]*$|^-+$|\.\.\.$")
_DASH = re.compile(r"^[-—–]+$")


def material(edited: Sequence[str], language: str) -> Material:
    """Return what a title is taken from; edited: sentences without what an editor leaves out."""
    said = sentences(edited[:MAX_SENTENCES], language)
    return Material(tuple(said), tuple(clauses(said, language)))


def title_variants(
    found: Material, odds: F64, language: str, *, others: Sequence[str] = ()
) -> tuple[TitleVariant, ...]:
    """Return the best title of each kind that is nearly as good as the best, that one first.

    odds: log-odds that an editor posts each clause. others: the sentences as they were said, for a
    title where nothing is left of them. () if nothing is said.
    """
    best: dict[TitleKind, TitleVariant] = {}
    for at in ranked(odds):
        clause = found.clauses[at]
        kind = _kind(clause.text, language)
        if odds[at] >= odds.max() - MAX_LOSS and kind not in best:
            best[kind] = TitleVariant(kind=kind, title=clause.text)
    if best:
        return tuple(best.values())
    whole = " ".join((found.sentences[0] if found.sentences else " ".join(others)).split())
    title = format_title(_shorten(whole, language)) if whole else ""
    return (TitleVariant(kind=_kind(title, language), title=title),) if title else ()


def ranked(odds: F64) -> Iterable[int]:
    """Return the positions of clauses that were read, the best first."""
    return (int(at) for at in np.argsort(-odds, kind="stable") if np.isfinite(odds[at]))


def sentences(edited: Sequence[str], language: str) -> list[str]:
    """Return single sentences, tidied, without those of which nothing remains."""
    tidied = (tidy(part, language) for text in edited for part in split_sentences(text))
    return [text for text in tidied if text]


def clauses(said: Sequence[str], language: str) -> list[Clause]:
    """Return all successive words, from one place where a clause may begin to one where it ends."""
    found: dict[str, Clause] = {}
    for at, sentence in enumerate(said):
        spans = split(sentence)
        begins, ends = _seams([sentence[a:b] for a, b in spans], language)
        for first in begins:
            for last in (n for n in ends if n >= first):
                own = sentence[spans[first][0] : spans[last][1]]
                rest = len(spans) - 1 - last
                cut = sentence.endswith(_ASKS) and first == 0 and rest > MAX_TAG_WORDS
                text = format_title(own, asks=cut)
                if _fits(text):
                    found.setdefault(text.casefold(), Clause(text, at, first, last))
    return list(found.values())


def _seams(words: Sequence[str], language: str) -> tuple[list[int], list[int]]:
    """Return the words with which a clause may begin, and with which it may end."""
    plain = [bare(word) for word in words]
    begins, ends = {0}, {len(words) - 1}
    for at in range(1, len(words)):
        if _PAUSE.search(words[at - 1]):
            begins.add(at)
            ends.add(at - 1)
        elif plain[at] in lexicon.openings(language) or _DASH.match(words[at]):
            ends.add(at - 1)
            if tied := _conjunctions(words[at:], language):
                begins.add(at + tied)
    begins |= {at + _conjunctions(words[at:], language) for at in begins}
    whole = {n for n in ends if n == len(words) - 1 or plain[n] not in lexicon.last_words(language)}
    return sorted(begins - {len(words)}), sorted(whole)


def _conjunctions(words: Sequence[str], language: str) -> int:
    """Return how many words at the beginning only tie a clause to what was said before."""
    if not languages.language(language).spaces:
        return 0
    return len(words) - len(strip_conjunction(" ".join(words), language).split())


def _fits(text: str) -> bool:
    """Whether a clause is short enough, and long enough to say something."""
    return width(text) <= MAX_TITLE_CHARS and (
        len(text.split()) >= MIN_WORDS or width(text) >= MIN_CHARS
    )


def _kind(title: str, language: str) -> TitleKind:
    if title.endswith(_ASKS):
        return "question"
    numbers = lexicon.number_words(language)
    counts = any(any(map(str.isdigit, w)) or bare(w) in numbers for w in title.split())
    return "number" if counts else "claim"


def _shorten(sentence: str, language: str) -> str:
    """Return as many whole words as fit, without a dangling end; one overlong word is cut."""
    tokens = sentence.split()
    kept = tokens[:MAX_TITLE_CHARS]
    while kept and (
        width(" ".join(kept)) > MAX_TITLE_CHARS
        or (len(kept) < len(tokens) and bare(kept[-1]) in lexicon.last_words(language))
    ):
        kept.pop()
    while len(kept) < len(tokens) and width(" ".join(kept)) >= MAX_TITLE_CHARS:
        kept.pop()  # makes room for "…"
    text = " ".join(kept) or _cut_word(tokens[0], MAX_TITLE_CHARS - 1)
    return text if text == sentence else text.rstrip(",;:") + "…"


def _cut_word(word: str, most: int) -> str:
    """Cut an overlong word to width `most`; in Chinese or Japanese, at a comma if possible."""
    word = word[:most]
    while width(word) > most:
        word = word[:-1]
    clause = max(word.rfind(mark) for mark in "、，；")
    return word[:clause] if clause > len(word) / 3 else word


def format_title(clause: str, *, asks: bool = False) -> str:
    """Apply sentence case and strip the full stop; a question keeps its mark.

    asks: the rest of the question has the mark.
    """
    clause = clause.strip(_EDGES).rstrip(".。,;:")
    if clause.count('"') % 2 or clause.count("“") != clause.count("”"):
        clause = re.sub('["“”]', "", clause)
    mark = "?" if asks and clause[-1:].isalnum() else ""
    return clause[:1].upper() + clause[1:] + mark
