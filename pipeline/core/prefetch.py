"""Makes items in a thread of its own while others are still being worked on."""

from collections import deque
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")


def prefetch(items: Generator[Item, None, None], depth: int) -> Generator[Item, None, None]:
    """The same items in the same order, up to `depth` of them made before they are asked for.

    What `items` raises is raised where the item would have come. It is closed at the end, also
    where not all of it was taken.
    """
    end = object()
    try:
        with ThreadPoolExecutor(1, "ahead") as pool:
            coming = deque(pool.submit(next, items, end) for _ in range(depth))
            try:
                while (item := coming.popleft().result()) is not end:
                    coming.append(pool.submit(next, items, end))
                    yield item  # type: ignore[misc]  # not the end
            finally:
                pool.shutdown(cancel_futures=True)
    finally:
        items.close()
