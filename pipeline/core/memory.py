"""Return unused memory to the system.

The C library keeps freed memory in per-thread arenas for reuse; after batches of many sizes the
arenas hold more than is in use.
"""

import ctypes
import mmap
from collections.abc import Callable
from functools import cache

import numpy as np
import numpy.typing as npt


@cache
def _trim() -> Callable[[int], int] | None:
    """Return glibc's malloc_trim, or None with another C library."""
    return getattr(ctypes.CDLL(None), "malloc_trim", None)


def release_heap() -> None:
    """Return freed heap memory to the system.

    Takes some milliseconds; does nothing if the C library has no malloc_trim.
    """
    trim = _trim()
    if trim is not None:
        trim(0)


def release_pages(samples: npt.NDArray[np.int16]) -> None:
    """Drop the resident pages of a memory-mapped track.

    Pages that were read count toward the process's memory until the kernel reclaims them; dropped
    pages are read from the file again on the next access. The samples must not have been modified.
    Does nothing if they are not memory-mapped.
    """
    mapped: object = samples.base
    if isinstance(mapped, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        mapped.madvise(mmap.MADV_DONTNEED)
