"""Independent pieces of a stage on the cores of a CPU, each piece on one core.

Many small operations on one core each go faster than one after the other on all cores: nobody
waits for the slowest at the end of every operation, least of all where another process wants the
cores too.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import torch

from pipeline.core.control import Check
from pipeline.core.errors import Canceled

Item = TypeVar("Item")
Result = TypeVar("Result")


def map_in_threads(
    call: Callable[[Item, Check], Result], items: Sequence[Item], *, threads: int, check: Check
) -> Iterator[Result]:
    """What `call` makes of each item, in order, as many items at once as there are threads.

    `call` gets a check of its own, which raises where `check` does, and where another item failed
    or nobody wants the rest. With fewer items than threads the threads are shared out among them.
    """
    workers = min(threads, len(items))
    if workers <= 1:
        for item in items:
            yield call(item, check)
        return
    stopped = threading.Event()

    def watched() -> None:
        check()
        if stopped.is_set():
            raise Canceled("Another part of the work has failed.")

    with _pool(workers, threads // workers) as pool:
        futures = [pool.submit(call, item, watched) for item in items]
        try:
            for future in futures:
                yield future.result()
        finally:
            stopped.set()
            for future in futures:
                future.cancel()


@contextmanager
def _pool(workers: int, threads: int) -> Iterator[ThreadPoolExecutor]:
    """Threads whose operations use so many cores; the caller's use as many as before."""
    before = torch.get_num_threads()
    with ThreadPoolExecutor(workers, "part", torch.set_num_threads, (threads,)) as pool:
        try:
            yield pool
        finally:
            torch.set_num_threads(before)  # it is the default of threads to come, too
