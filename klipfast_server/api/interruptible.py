"""Requests that a stop of the server does not wait for."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Interruptible:
    """Uploads, or archives, in progress: they take long, and the caller can begin again."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[object]] = set()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Let `stop` end the request that runs the block."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            yield
        finally:
            self._tasks.discard(task)

    def stop(self) -> None:
        """End all of them; what they hold is cleaned up as if the connection were lost."""
        for task in self._tasks:
            task.cancel()
