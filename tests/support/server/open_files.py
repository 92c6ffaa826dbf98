"""Which files this process holds open."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

PATIENCE_S = 30.0


def is_open(path: Path) -> bool:
    """Return whether this process holds a file."""
    found = []
    for number in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            found.append(number.readlink())
    return path in found


async def opened_and_closed(path: Path) -> None:
    """Wait until this process holds a file, and then until it holds it no more."""
    async with asyncio.timeout(PATIENCE_S):
        await _until(lambda: is_open(path))
        await _until(lambda: not is_open(path))


async def _until(holds: Callable[[], bool]) -> None:
    while not holds():  # noqa: ASYNC110 - the system tells nobody
        await asyncio.sleep(0.02)
