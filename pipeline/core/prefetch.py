"""Produce items in a background thread while the consumer works on earlier ones."""

from collections import deque
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from pipeline.core.thread_policy import LEAST_PRIORITY, yield_processor

Item = TypeVar("Item")


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
