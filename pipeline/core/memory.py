"""Gives memory that is no longer used back to the system.

The C library keeps what was freed for what may come, thread by thread; after batches of many
sizes that is more than is in use.
"""

import ctypes
import mmap
from collections.abc import Callable
from functools import cache

import numpy as np
import numpy.typing as npt


@cache
def _trim() -> Callable[[int], int] | None:
    """glibc's malloc_trim; None where another library is the C library."""
    return getattr(ctypes.CDLL(None), "malloc_trim", None)


def give_back() -> None:
    """Takes some milliseconds; nothing where the library has no such call."""
    trim = _trim()
    if trim is not None:
        trim(0)


def forget(samples: npt.NDArray[np.int16]) -> None:
    """Pages of a mapped track that were read count as the process's until the kernel wants them.

    They are let go here, and come from the file again when they are read. Nobody may have written
    to the samples. Nothing where they are no mapped file.
    """
    mapped: object = samples.base
    if isinstance(mapped, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        mapped.madvise(mmap.MADV_DONTNEED)
