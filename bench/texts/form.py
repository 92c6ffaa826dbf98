"""Finds sentences that are wrong by their form alone, in any language."""

import re
from collections.abc import Iterator
from itertools import pairwise

from bench.texts.drafts import Draft
from bench.texts.findings import Finding
from pipeline.language import languages, lexicon
from pipeline.language.disfluencies import bare

MAX_WORDS = 40  # more make a sentence a run-on
LETTERS_PER_WORD = 2  # in scripts without spaces
PAIRS = (("(", ")"), ("[", "]"), ("“", "”"), ("«", "»"), ("「", "」"))
ENDS = ".!?…。！？:"
MAY_DOUBLE = re.compile(  # are said twice on purpose, or by grammar
    r"that|had|very|so|no|yeah|sehr|ja|nein|nicht|più|molto|muito|não|sí|très|non|oui|heel|nou|die|"
    r"sie|der|das|vous|nous|flat|half|more|much|sempre"
)
MAX_DOUBLED = 4  # words of a run said twice
MIN_CLAUSE_WORDS = 2  # before and after a comma splice


def find_form(draft: Draft) -> Iterator[Finding]:
    """Find doubled words, unpaired marks, sentences without a capital or an end."""
    for part in draft.parts:
        if part.kind in ("tags", "label"):
            continue
        for sentence in part.sentences:
            heading = part.kind in ("title", "heading")
            if why := _wrong(sentence, heading=heading, language=draft.language):
                yield Finding("form", sentence, why)


def _wrong(sentence: str, *, heading: bool, language: str) -> str:
    if doubled := _doubled(sentence, language):
        return doubled
    for opening, closing in PAIRS:
        if sentence.count(opening) != sentence.count(closing) and not (
            opening == "“" and "„" in sentence
        ):
            return f"unpaired {opening}{closing}"
    if re.search(r"\s[,.;](?:\s|$)|,[,.]|\w,,", sentence):
        return "a stray mark"
    first = sentence.lstrip("¡¿\"„“«‘'(-–— 「")[:1]
    if languages.language(language).spaces and first.islower():
        return "begins with a small letter"
    if not heading and sentence.rstrip('"”“’»」) ')[-1:] not in ENDS:
        return "has no end"
    return ""


def _doubled(sentence: str, language: str) -> str:
    """Return words said twice at once: "the the", "if it's, if it's"; not "No. No."."""
    tokens, numbers = sentence.split(), lexicon.number_words(language)
    for size in range(MAX_DOUBLED, 0, -1):
        for at in range(len(tokens) - 2 * size + 1):
            run, again = tokens[at : at + size], tokens[at + size : at + 2 * size]
            words = [bare(token) for token in run]
            ends = any(token[-1] in ".!?:;" for token in run)
            meant = any(w in numbers or not re.search(r"[^\W\d]", w) for w in words) or (
                MAY_DOUBLE.fullmatch(words[0])
                if size == 1
                else any(t[0].isupper() for t in run[1:])
            )
            if words == [bare(token) for token in again] and not ends and not meant:
                return f"“{' '.join([*run, *again])}”"
    return ""


def find_run_ons(draft: Draft) -> Iterator[Finding]:
    """Find sentences of more than MAX_WORDS."""
    for sentence in draft.sentences:
        count = count_words(sentence, draft.language)
        if count > MAX_WORDS:
            yield Finding("run-on", sentence, f"{count} words")


def count_words(text: str, language: str) -> int:
    """Count words, or pairs of letters in scripts without spaces."""
    if languages.language(language).spaces:
        return len(text.split())
    return len("".join(text.split())) // LETTERS_PER_WORD


def find_splices(draft: Draft) -> Iterator[Finding]:
    """Find main clauses joined by a comma: "It rained, we stayed".

    By word classes: a subject after the comma, and before it a clause that begins with a subject.
    """
    subjects, dependent = draft.words.subjects, draft.words.dependent
    for sentence in draft.sentences:
        clauses = [[bare(t) for t in c.split()] for c in sentence.split(", ")]
        for before, after in pairwise(clauses):
            main = before and after and before[0] in subjects and after[0] in subjects
            long = min(len(before), len(after)) > MIN_CLAUSE_WORDS
            if main and long and dependent.isdisjoint([*before, after[0]]):
                yield Finding("splice", sentence, " ".join(after[:3]))
                break
