"""Run independent pieces of a stage in parallel, each on one CPU core.

Many small operations run faster with one core each than one after the other on all cores: no
operation waits at its end for the slowest core, which matters most when another process uses the
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


def batches_at_once(device: torch.device) -> int:
    """Return how many batches of a network to run side by side: on a CPU one per core, else one."""
    return torch.get_num_threads() if device.type == "cpu" else 1


def map_in_threads(
    call: Callable[[Item, Check], Result], items: Sequence[Item], *, threads: int, check: Check
) -> Iterator[Result]:
    """Yield `call(item, check)` for each item, in order, running up to `threads` items at once.

    The check passed to `call` raises whenever `check` does, and also after another item has failed
    or the caller has stopped iterating. If there are fewer items than threads, each item gets an
    equal share of the threads.
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
    """Run workers that use `threads` cores each."""
    with (
        _thread_count.restored(),
        ThreadPoolExecutor(workers, "part", torch.set_num_threads, (threads,)) as pool,
    ):
        yield pool


class _ThreadCount:
    """Torch's thread count, which new threads inherit; workers of a pool change it.

    It is restored when the last pool ends: another job's pool may be open at the same time.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pools = 0  # open at this moment
        self._before = 1  # when the first of them was opened

    @contextmanager
    def restored(self) -> Iterator[None]:
        """Restore the count after the block, or after the last block that is still running."""
        with self._lock:
            if not self._pools:
                self._before = torch.get_num_threads()
            self._pools += 1
        try:
            yield
        finally:
            with self._lock:
                self._pools -= 1
                if not self._pools:
                    torch.set_num_threads(self._before)


_thread_count = _ThreadCount()
