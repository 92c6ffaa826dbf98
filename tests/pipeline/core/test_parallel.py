"""Pools of several jobs at once leave torch's thread count as it was."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from pipeline.core.control import Check
from pipeline.core.parallel import batches_at_once, map_in_threads


def _in_new_thread() -> int:
    """The thread count with which a stage of the next job begins."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(torch.get_num_threads).result()


def _count(_item: int, check: Check) -> int:
    check()
    return torch.get_num_threads()


@pytest.fixture
def three_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("three_threads")
def test_a_pool_that_outlives_another_does_not_keep_its_count() -> None:
    first = map_in_threads(_count, [0, 1, 2], threads=3, check=lambda: None)
    assert next(first) == 1  # its workers have one each, and so would new threads
    with ThreadPoolExecutor(1) as other_job:
        second = map_in_threads(_count, [0, 1], threads=2, check=lambda: None)
        assert other_job.submit(next, second).result() == 1
        assert list(first) == [1, 1]
        assert other_job.submit(list, second).result() == [1]
    assert _in_new_thread() == 3


@pytest.mark.usefixtures("three_threads")
def test_batches_take_turns_on_a_card_alone() -> None:
    assert batches_at_once(torch.device("cpu")) == 3
    assert batches_at_once(torch.device("cuda")) == 1
