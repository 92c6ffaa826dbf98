"""How a command that uses a server ends: with a result on stdout, or with one of two errors."""

from typing import Any

import msgspec


class UsageError(Exception):
    """The arguments are invalid; the text says why."""


class Failed(Exception):
    """The command failed; the text says why."""


def print_result(value: Any) -> None:
    """Print a text as it is, and everything else as a line of JSON."""
    print(value if isinstance(value, str) else msgspec.json.encode(value).decode())
