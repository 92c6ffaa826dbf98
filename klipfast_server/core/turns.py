"""A few threads that several accounts share: none takes them all."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar
from weakref import WeakValueDictionary

Result = TypeVar("Result")


class SharedThreads:
    """Runs one piece of work of an account at a time."""

    def __init__(self, threads: ThreadPoolExecutor) -> None:
        self._threads = threads
        # A lock lives for as long as somebody holds it or waits for it.
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def run(self, account_id: str, work: Callable[[], Result]) -> Result:
        """Return what `work` returns, once it is the account's turn. Raises what it raises."""
        async with self.turn(account_id):
            return await self.run_now(work)

    def turn(self, account_id: str) -> asyncio.Lock:
        """Return the account's lock, to hold while its work is done."""
        return self._locks.setdefault(account_id, asyncio.Lock())

    async def run_now(self, work: Callable[[], Result]) -> Result:
        """Return what `work` returns; the caller holds the account's turn."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


@contextmanager
def shared(threads: ThreadPoolExecutor) -> Iterator[SharedThreads]:
    """Offer the threads while the block runs; what has not begun by its end is dropped."""
    try:
        yield SharedThreads(threads)
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
