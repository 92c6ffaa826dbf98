"""Hooks for msgspec: the types of `core.data` that JSON has no form for, as text."""

from fractions import Fraction
from pathlib import Path
from typing import Any

AS_TEXT = (Path, Fraction)


def encode(value: object) -> object:
    """Return a path or a fraction as text. Raises NotImplementedError, as msgspec expects."""
    if isinstance(value, AS_TEXT):
        return str(value)
    raise NotImplementedError(type(value))


def decode(kind: type, value: Any) -> object:
    """Return the value that `encode` wrote. Raises NotImplementedError, as msgspec expects."""
    if kind in AS_TEXT:
        return kind(value)
    raise NotImplementedError(kind)
