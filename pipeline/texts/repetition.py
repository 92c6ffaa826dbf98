"""Finds out whether one text says what another one says, word for word."""

from collections.abc import Iterable

from pipeline.language.cleanup import plain

MIN_LETTERS = 12  # minimum letters of a part whose letters are looked for, whatever the words


def contains(words: tuple[str, ...], part: tuple[str, ...]) -> bool:
    """Return whether words contain others as a run."""
    return any(words[at : at + len(part)] == part for at in range(len(words) - len(part) + 1))


def says_again(text: str, said: Iterable[tuple[str, ...]]) -> bool:
    """Return whether a text is part of what is said already, or has all of it.

    said: texts as `cleanup.plain` returns them.
    """
    words = plain(text)
    pairs = [pair for other in said for pair in ((words, other), (other, words))]
    return any(contains(*pair) or _has_letters(*pair) for pair in pairs)


def _has_letters(words: tuple[str, ...], part: tuple[str, ...]) -> bool:
    """Return whether texts repeat each other, in scripts without spaces, too."""
    whole, inner = ("".join(filter(str.isalnum, "".join(text))) for text in (words, part))
    return len(inner) >= MIN_LETTERS and inner in whole
