"""Tells what a sentence does for its readers: advises, says how things are, tells, asks them.

English has word classes for it (`Grammar`), other languages patterns (`StatementWords`).
"""

from pipeline.language import languages
from pipeline.language.disfluencies import bare
from pipeline.texts.sentence_weights import in_past


def is_past(text: str, language: str) -> bool:
    """Return whether a text is about the past; False where the language's verbs are unknown."""
    known = languages.language(language)
    if known.grammar is not None:
        return any(in_past(bare(t), known.grammar) for t in text.split())
    return known.statements is not None and bool(known.statements.past.search(text))


def is_general(text: str, language: str) -> bool:
    """Return whether a text is advice or a general statement, and not about the past."""
    known = languages.language(language)
    if is_past(text, language):
        return False
    if known.grammar is not None:
        tokens = [bare(t) for t in text.split()]
        general = not known.grammar.general.isdisjoint(tokens)
        return general or tokens[0] in known.grammar.imperatives
    words = known.statements
    return words is not None and bool(words.advice.match(text) or words.general.search(text))


def frame_end(text: str, language: str) -> int:
    """Return where the opinion begins that "I think that" introduces; 0: nothing introduces it."""
    known = languages.language(language)
    found = known.grammar or known.statements
    frame = found.frames.match(text) if found is not None else None
    return frame.end() if frame and frame.end() < len(text) else 0


def asks_readers(question: str, language: str) -> bool:
    """Return whether readers could answer: it says "you" or "we" and is not about the past."""
    known = languages.language(language)
    if is_past(question, language):
        return False
    if known.grammar is not None:
        tokens = [bare(t) for t in question.split()]
        asks = tokens[0] in known.question_words
        return asks and not known.grammar.readers.isdisjoint(tokens)
    words = known.statements
    if words is None:
        return False
    start = words.asking.match if known.spaces else words.asking.search
    return bool(start(question) and words.readers.search(question))
