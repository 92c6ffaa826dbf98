"""An iterator that is run ahead gives what it would have given, and ends with who takes it."""

import threading
from collections.abc import Generator

import pytest

from pipeline.core.prefetch import prefetch


def numbers(count: int, closed: list[int]) -> Generator[int, None, None]:
    try:
        yield from range(count)
    finally:
        closed.append(count)


@pytest.mark.parametrize("count", [0, 1, 3, 50])
@pytest.mark.parametrize("depth", [1, 8])
def test_the_same_items_come_in_the_same_order(count: int, depth: int) -> None:
    closed: list[int] = []
    assert list(prefetch(numbers(count, closed), depth)) == list(range(count))
    assert closed == [count]


def test_an_error_comes_where_its_item_would_have() -> None:
    def failing() -> Generator[int, None, None]:
        yield 1
        yield 2
        raise ValueError("the third")

    items = prefetch(failing(), 8)
    assert [next(items), next(items)] == [1, 2]
    with pytest.raises(ValueError, match="the third"):
        next(items)


def test_leaving_early_closes_it_and_its_thread() -> None:
    closed: list[int] = []
    before = threading.active_count()
    items = prefetch(numbers(1000, closed), 4)
    assert next(items) == 0
    items.close()
    assert closed == [1000]
    assert threading.active_count() == before


def test_no_more_is_made_than_asked_for() -> None:
    made: list[int] = []

    def counted() -> Generator[int, None, None]:
        for n in range(100):
            made.append(n)
            yield n

    items = prefetch(counted(), 3)
    next(items)
    items.close()
    assert len(made) <= 5
