"""Gives memory that is no longer used back to the system.

The C library keeps what was freed for what may come, thread by thread; after batches of many
sizes that is more than is in use.
"""

import ctypes
from collections.abc import Callable
from functools import cache


@cache
def _trim() -> Callable[[int], int] | None:
    """glibc's malloc_trim; None where another library is the C library."""
    return getattr(ctypes.CDLL(None), "malloc_trim", None)


def give_back() -> None:
    """Takes some milliseconds; nothing where the library has no such call."""
    trim = _trim()
    if trim is not None:
        trim(0)
