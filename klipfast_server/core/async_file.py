"""A file that is opened and closed in threads, and closed whatever happens to the task."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO, Literal


@asynccontextmanager
async def opened(path: Path, mode: Literal["rb", "wb", "ab"]) -> AsyncIterator[BinaryIO]:
    """The file, until the block is left. Raises OSError.

    A task that is canceled while it opens or closes leaves nothing open: a thread cannot be
    stopped, so what it brings is closed when it comes.
    """
    opening = asyncio.create_task(asyncio.to_thread(path.open, mode))
    try:
        file = await asyncio.shield(opening)
    except asyncio.CancelledError:
        opening.add_done_callback(_close)
        raise
    try:
        yield file
    finally:
        await asyncio.shield(asyncio.create_task(asyncio.to_thread(file.close)))


def _close(opening: "asyncio.Task[BinaryIO]") -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()  # nothing was written, so there is nothing to wait for
