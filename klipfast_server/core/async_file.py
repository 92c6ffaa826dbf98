"""Files on the event loop: opened, written and closed in threads, whatever happens to the task."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO, Literal

CHECK_S = 1.0  # between two looks at the space that is left while a file comes in


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


async def copy_chunks(
    chunks: AsyncIterator[bytes],
    write: Callable[[bytes], object],
    *,
    admit: Callable[[int], None],
    check_space: Callable[[], None],
) -> None:
    """Write `chunks` in a thread, one by one, within bounds.

    `admit` is called with the size of each before it is written, and raises where it is too much.
    `check_space` is called in a thread every CHECK_S seconds: others fill the same disk.
    """
    checked_at = time.monotonic()
    async for chunk in chunks:
        admit(len(chunk))
        await asyncio.to_thread(write, chunk)
        if time.monotonic() - checked_at >= CHECK_S:
            checked_at = time.monotonic()
            await asyncio.to_thread(check_space)
