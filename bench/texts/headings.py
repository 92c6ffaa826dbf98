"""Finds titles and headings that are lists of words or pieces of sentences."""

import re
from collections.abc import Iterator
from itertools import pairwise

from bench.texts.drafts import Draft
from bench.texts.findings import Finding
from bench.texts.part_borders import leans
from bench.texts.word_classes import WordClasses
from pipeline.language import lexicon
from pipeline.language.cleanup import plain
from pipeline.language.disfluencies import bare

MIN_LISTED = 3  # words or pairs of words between commas
MAX_TERM_WORDS = 4  # longest term that the talk repeats
RESTART = 4  # words after a heading among which its last one is said again: "a new, a wholly new"
_SEPARATOR = re.compile(r"\s*[,，、;&/]\s*(?:and |und |y |et |e |en |и )?")


def find_headings(draft: Draft) -> Iterator[Finding]:
    """Judge the title and all headings."""
    for part in draft.parts:
        if part.kind not in ("title", "heading"):
            continue
        if is_word_list(part.text):
            yield Finding("word list", part.text)
        elif why := _torn(part.text, draft):
            yield Finding("fragment", part.text, why)
        elif word := leans(part.text, draft):
            yield Finding("fragment", part.text, f"leans: begins with “{word}”")


def find_echoes(draft: Draft) -> Iterator[Finding]:
    """Find headings that the sentence right under them says again."""
    for part, after in pairwise(draft.parts):
        if part.kind in ("title", "heading") and after.sentences:
            heading, first = plain(part.text), plain(after.sentences[0])
            if heading and first[: len(heading)] == heading:
                yield Finding("echo", part.text)


def is_word_list(heading: str) -> bool:
    """Whether a heading is "Lamp, glass, plug"."""
    items = [item for item in _SEPARATOR.split(heading.rstrip(".!?。")) if item]
    short = all(len(item.split()) <= 2 and len(item) <= 20 for item in items)
    letters = all(len(item) <= 4 for item in items if not item.isascii())
    return len(items) >= MIN_LISTED and short and (" " in heading or letters)


def _torn(heading: str, draft: Draft) -> str:
    """Return why a heading is no whole thought and no term, else ""."""
    tokens = [t for t in map(bare, heading.split()) if t]
    small = lexicon.stop_words(draft.language)
    asks = heading[-1] in "?？"
    if not tokens or (len(tokens) > 1 and small and small.issuperset(tokens) and not asks):
        return "no word with content"
    if heading.rstrip().endswith((",", ";", ":", "–", "—", "-", "…", "、", "，")):
        return "ends with a mark within a sentence"
    if not asks and (why := _half(heading, tokens, draft.words)):
        return why
    return "" if _is_term(tokens, draft) else _cut(heading, draft)


def _half(heading: str, tokens: list[str], words: WordClasses) -> str:
    """Return the word at the start or the end that shows that the rest is missing."""
    if len(tokens) > 1:
        if tokens[-1] in words.ends and heading[-1] not in "”»":
            return f"ends with “{tokens[-1]}”"
        if tokens[0] in words.dependent and "," not in heading:
            return f"begins with “{tokens[0]}”"
        return ""
    ending = next((e for e in words.ends if tokens[0].rstrip("。！").endswith(e)), "")
    return f"ends with “{ending}”" if ending else ""


def _is_term(tokens: list[str], draft: Draft) -> bool:
    """Whether a heading is a term that the talk repeats."""
    small = lexicon.stop_words(draft.language)
    whole = " ".join(tokens)
    said = " ".join(" ".join(map(bare, s.text.split())) for s in draft.transcript.sentences)
    few = len(tokens) <= MAX_TERM_WORDS and tokens[0] not in small and tokens[-1] not in small
    return few and said.count(whole) > 1


def _cut(heading: str, draft: Draft) -> str:
    """Return where a heading was cut out of a sentence, if no clause begins or ends there."""
    spoken, words = draft.spoken, draft.words
    source = spoken.find(heading)
    if source is None or not words.joins:
        return ""
    said, written = spoken.tokens_of(source), spoken.tokens(heading)
    plain = [t.word for t in written]
    for at in range(len(said) - len(plain) + 1):
        if [t.word for t in said[at : at + len(plain)]] != plain:
            continue
        end = at + len(plain)
        rest = [t.word for t in said[end : end + RESTART]]
        inside = not said[end - 1].ends_clause and rest and rest[0] not in words.joins
        restarted = plain[-1] in rest and "." not in heading
        return f"cut before “{' '.join(rest)}”" if inside or restarted else ""
    return ""
