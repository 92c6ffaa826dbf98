"""Reads a language's file, TOML, into the dataclasses of `pipeline.language.schema`.

Every key must be known and every value of its field's type; a mistake is told by file and key.
"""

import re
import tomllib
from dataclasses import is_dataclass
from importlib.resources.abc import Traversable
from types import UnionType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import msgspec

from pipeline.language.schema.entries import NEVER, Forms, Words, any_of
from pipeline.language.schema.language import Language

_REQUIRED = ("name", "spaces")


class LanguageError(ValueError):
    """A language's file is invalid; the message names the file and the key."""


def read(path: Traversable) -> Language:
    """Read a language's file. Raises LanguageError, which names the file and the key."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise LanguageError(f"{path.name}: {error}") from error
    for key in _REQUIRED:
        if key not in raw:
            raise LanguageError(f"{path.name}: {key} is missing")
    found = _table(Language, raw, f"{path.name}: ")
    assert isinstance(found, Language)
    return found


def _table(kind: type[Any], raw: dict[str, object], place: str) -> object:
    """Build a dataclass from a TOML table; `place` is the table's location, for errors."""
    hints = get_type_hints(kind, include_extras=True)
    for key in raw:
        if key not in hints:
            raise LanguageError(f"{place}{key} is unknown")
    return kind(**{key: _value(hints[key], value, f"{place}{key}") for key, value in raw.items()})


def _value(hint: Any, value: object, place: str) -> object:
    """Convert a TOML value to the type of its field."""
    try:
        if isinstance(hint, UnionType) and is_dataclass(get_args(hint)[0]):
            return _table(get_args(hint)[0], msgspec.convert(value, dict[str, Any]), f"{place}.")
        if hint == Words:
            return frozenset(msgspec.convert(value, str).split())
        if get_origin(hint) is Annotated:  # a Pattern
            around = get_args(hint)[1]
            if not (listed := msgspec.convert(value, Forms)):
                return NEVER
            return re.compile(around.replace("{}", any_of(listed)), re.IGNORECASE)
        found = msgspec.convert(value, hint)
        for forms in {Forms: [found], tuple[Forms, ...]: found}.get(hint, ()):
            re.compile(any_of(forms))
        return found
    except (msgspec.ValidationError, re.error) as error:
        raise LanguageError(f"{place}: {error}") from error
