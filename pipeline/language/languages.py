"""Facts about each language: one file each, `data/<code>.toml`, read once.

A language without a file, and a key that a file omits, get the defaults of `Language`, which mean
that nothing is known. docs/design/languages.md explains how to add or review a language.
"""

from collections.abc import Callable, Iterable
from functools import cache
from importlib import resources
from typing import TypeVar

from pipeline.language.language_files import read
from pipeline.language.schema.language import Language

T = TypeVar("T")

ENGLISH = "en"
_UNKNOWN = Language()


@cache
def language(code: str) -> Language:
    """Return the facts about a language. Raises LanguageError if its file is invalid."""
    return _all().get(code, _UNKNOWN)


def codes() -> tuple[str, ...]:
    """Return the languages that have a file: English, then alphabetically."""
    return tuple(_all())


def of_all(pick: Callable[[Language], Iterable[T]]) -> tuple[T, ...]:
    """Collect entries of all languages, English first.

    For patterns that apply in every language, because talks mix languages.
    """
    return tuple(found for known in _all().values() for found in pick(known))


@cache
def _all() -> dict[str, Language]:
    files = (f for f in (resources.files(__package__) / "data").iterdir())
    paths = {f.name.removesuffix(".toml"): f for f in files if f.name.endswith(".toml")}
    return {code: read(paths[code]) for code in sorted(paths, key=lambda c: (c != ENGLISH, c))}
