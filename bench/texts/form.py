"""Finds what a reader stumbles over: torn sentences and headings, and beginnings that lean."""

import re
from collections.abc import Iterator, Sequence

from bench.texts import Draft, Finding
from bench.texts.truth import tokens
from bench.texts.word_classes import WordClasses, word_classes
from pipeline.core.texts import Block
from pipeline.language import languages, lexicon
from pipeline.language.disfluencies import bare

LETTERS_PER_WORD = 2  # in scripts without spaces
MIN_LISTED = 3  # words or pairs of words between commas, in a heading
MARKS = "¡¿\"„“«‘'(-–— 「"  # may stand before the first word
HEADINGS = ("title", "heading")
LISTS = ("list", "numbered_list")
ASKING = ("?", "？", *languages.of_all(lambda known: known.question_endings))
# After "this" and "that", show that they stand alone: "this is", not "this list".
ALONE = re.compile(
    r"is|was|isn't|wasn't|are|were|ha[sd]|will|would|can|could|may|might|does|did|should|means?|"
    r"meant|makes|made|happen(?:s|ed)|goes|went|works?|worked|leads|took|takes|gets|got|all|really|"
    r"just|also|in|on|at|one"
)
_ELLIPSIS = re.compile(r"(?:…|\.\.\.)[\"”’»」)]*$")
_SEPARATOR = re.compile(r"\s*[,，、;&/]\s*(?:and |und |y |et |e |en |и )?")


def count_words(text: str, language: str) -> int:
    """Count words, or pairs of letters in scripts without spaces."""
    if languages.language(language).spaces:
        return len(text.split())
    return len("".join(text.split())) // LETTERS_PER_WORD


def find_fragments(draft: Draft) -> Iterator[Finding]:
    """Find headings that are lists of words, or pieces of sentences by their first or last word."""
    words = word_classes(draft.transcript.language)
    for block in draft.document.blocks:
        for heading in (s.text for s in block.statements if s.sources and block.kind in HEADINGS):
            said = [t for t in map(bare, heading.split()) if t]
            if _is_word_list(heading):
                yield Finding("fragment", heading, "a list of words")
            elif len(said) > 1 and said[-1] in words.ends and heading[-1] not in "?？”»":
                yield Finding("fragment", heading, f"ends with “{said[-1]}”")
            elif word := _leans(heading, draft.transcript.language):
                yield Finding("fragment", heading, f"begins with “{word}”")


def _is_word_list(heading: str) -> bool:
    """Whether a heading is "Lamp, glass, plug"."""
    items = [item for item in _SEPARATOR.split(heading.rstrip(".!?。")) if item]
    short = all(len(item.split()) <= 2 and len(item) <= 20 for item in items)
    letters = all(len(item) <= 4 for item in items if not item.isascii())
    return len(items) >= MIN_LISTED and short and (" " in heading or letters)


def find_leaning(draft: Draft) -> Iterator[Finding]:
    """Find parts that begin with a word which refers to what the reader does not see.

    A story goes on from message to message: "He told me …" in a later one is about whom the one
    before named. A conjunction there is a fault all the same. An answer right below a question is
    about what that names.
    """
    language = draft.transcript.language
    person = word_classes(language).pronouns & word_classes(language).subjects
    before: Block | None = None
    for block in draft.document.blocks:
        for at, statement in enumerate(block.statements):
            opens = at == 0 and (block.kind == "message" or before is None or _is_heading(before))
            word = _leans(statement.text, language) if statement.sources else ""
            goes_on = block.kind == "message" and before is not None and word in person
            if word and not goes_on and (opens or block.kind in LISTS):
                yield Finding("leaning", statement.text, f"begins with “{word}”")
        before = block


def _is_heading(block: Block) -> bool:
    """Whether a block is a heading, and no question."""
    return block.kind in HEADINGS and not any(_asks(s.text) for s in block.statements)


def _asks(sentence: str) -> bool:
    return sentence.rstrip('"”’» ').endswith(ASKING)


def _leans(sentence: str, language: str) -> str:
    """Return the word at the start that refers to the sentence before, else ""."""
    words, start = word_classes(language), sentence.lstrip(MARKS)
    if not languages.language(language).spaces:
        return next((w for w in sorted(words.leaning) if start.startswith(w)), "")
    said = [bare(t) for t in start.split()]
    if not said or said[0] not in words.leaning or words.impersonal.match(start):
        return ""
    return "" if _points_within(said, start, words, language) else said[0]


def _points_within(said: Sequence[str], sentence: str, words: WordClasses, language: str) -> bool:
    """Whether the first word refers to the sentence itself: "Because it rained, we stayed"."""
    if said[0] in words.dependent:
        return "," in sentence
    if language == languages.ENGLISH and said[0] in ("this", "that", "these", "those"):
        after = said[1] if len(said) > 1 else ""
        small = lexicon.stop_words(language)
        return bool(after) and after not in small and not ALONE.fullmatch(after)
    noun = any(t[:1].isupper() for t in sentence.split()[1:3])
    return language == "de" and said[0] in ("der", "die", "das", "dem", "den") and noun


def find_torn(draft: Draft) -> Iterator[Finding]:
    """Find sentences that begin or end within one, or that nobody finished.

    Articles and conjunctions at an end show it always; prepositions do where the speaker broke off.
    """
    language, sentences = draft.transcript.language, draft.transcript.sentences
    words = word_classes(language)
    for block in draft.document.blocks:
        for statement in block.statements if block.kind not in HEADINGS else ():
            text = statement.text
            written = tokens(text, language)
            if not statement.sources or not written or _asks(text):
                continue
            broken = _ELLIPSIS.search(sentences[statement.sources[-1]].text)
            never = words.never_last | (words.ends - words.pronouns if broken else set())
            if text.startswith(("…", "...")) or text.lstrip(MARKS)[:1].islower():
                yield Finding("torn", text, "begins in the middle")
            elif _ELLIPSIS.search(text) or written[-1].word in never:
                yield Finding("torn", text, f"ends with “{text.split()[-1]}”")
