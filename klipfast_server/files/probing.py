"""Probes uploaded files in threads of their own: a file may keep its thread for a minute or more.

Elsewhere than in the event loop's default threads, because everything else that blocks runs there.
One file of an account at a time, so that no account takes all threads.
"""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from klipfast_server.core.turns import Turns

Found = TypeVar("Found")

AT_ONCE = 8  # files, each in a child process that mostly waits for its disk


class Probes:
    """The threads that probe, and whose turn it is."""

    def __init__(self) -> None:
        self.threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="probe")
        self._turns = Turns()

    async def probe(self, account_id: str, probe: Callable[[], Found]) -> Found:
        """Return what `probe` returns, once it is the account's turn. Raises what it raises."""
        async with self._turns.of(account_id):
            return await asyncio.get_running_loop().run_in_executor(self.threads, probe)


@contextmanager
def opened_probes() -> Iterator[Probes]:
    """Offer the threads while the block runs."""
    probes = Probes()
    try:
        yield probes
    finally:
        probes.threads.shutdown(wait=False, cancel_futures=True)
