"""Finds out whether one text says what another one says, word for word, and drops repeats."""

from collections.abc import Iterable, Sequence

from pipeline.language.cleanup import may_repeat, plain, split_sentences

MIN_REPEATED_WORDS = 4  # minimum words of a sentence that is not a phrase that people use
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
    whole, inner = (
        "".join(c for word in text for c in word if c.isalnum()) for text in (words, part)
    )
    return len(inner) >= MIN_LETTERS and inner in whole


def drop_repeats(kept: list[tuple[int, str]], inside: set[int]) -> list[tuple[int, str]]:
    """Drop repeated sentences: the one in a moment stays, else the first."""
    best: dict[tuple[str, ...], int] = {}
    for i, text in kept:
        key = plain(text)
        if key not in best or (i in inside and best[key] not in inside):
            best[key] = i
    unique = [(i, t) for i, t in kept if may_repeat(t) or best[plain(t)] == i]
    before = [("", ""), *(plain(t) for _, t in unique)]
    unique = [(i, t) for (i, t), said in zip(unique, before, strict=False) if plain(t) != said]
    return _drop_partial_repeats(unique)


def _drop_partial_repeats(kept: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
    """Drop what consists of several sentences, if most of it was said before."""
    said: set[tuple[str, ...]] = set()
    found: list[tuple[int, str]] = []
    for i, text in kept:
        sentences = split_sentences(text)
        words = [plain(s) for s in sentences]
        again = sum(len(w) for w in words if len(w) >= MIN_REPEATED_WORDS and w in said)
        if len(sentences) == 1 or again <= sum(map(len, words)) / 2:
            found.append((i, text))
        said.update(words)
    return found
