"""Work in a background thread: items ahead of their consumer, a stage beside another."""

from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from threading import Event
from typing import TypeVar

from pipeline.core.control import Control
from pipeline.core.errors import Canceled
from pipeline.core.thread_policy import LEAST_PRIORITY, yield_processor

Item = TypeVar("Item")
Result = TypeVar("Result")


def prefetch(
    items: Generator[Item, None, None], depth: int, *, yielding: bool = False
) -> Generator[Item, None, None]:
    """Yield the same items in the same order, producing up to `depth` of them ahead.

    With `yielding`, that is done in the time in which the consumer leaves a processor free.
    An error raised by `items` surfaces at the position of the failed item. `items` is closed at the
    end, also when the consumer stops early.
    """
    end = object()
    try:
        begin = partial(yield_processor, LEAST_PRIORITY) if yielding else None
        with ThreadPoolExecutor(1, "ahead", initializer=begin) as pool:
            coming = deque(pool.submit(next, items, end) for _ in range(depth))
            try:
                while (item := coming.popleft().result()) is not end:
                    coming.append(pool.submit(next, items, end))
                    yield item  # type: ignore[misc]  # the loop condition excludes `end`
            finally:
                pool.shutdown(cancel_futures=True)
    finally:
        items.close()


@contextmanager
def beside(call: Callable[..., Result], control: Control) -> Iterator[Future[Result]]:
    """Run `call(control=...)` while the block runs, in the time in which that leaves a core free.

    At the end of the block the call is awaited, and reports its progress only from then on; if the
    block raises, the call is canceled.
    """
    is_over, is_unwanted = Event(), Event()

    def report(stage: str, fraction: float) -> None:
        if is_over.is_set():
            control.progress(stage, fraction)

    def check() -> None:
        control.on_check()
        if is_unwanted.is_set():
            raise Canceled("The result is not wanted any more.")

    background = replace(control, progress=report, on_check=check)
    begin = partial(yield_processor, LEAST_PRIORITY)
    with ThreadPoolExecutor(1, "beside", initializer=begin) as pool:
        try:
            yield pool.submit(call, control=background)
            is_over.set()
        except BaseException:
            is_unwanted.set()
            raise
