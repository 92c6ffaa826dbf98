"""Runs a stage in a background thread while another stage runs."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from threading import Event
from typing import TypeVar

from pipeline.core.control import Control
from pipeline.core.errors import Canceled
from pipeline.core.thread_policy import LEAST_PRIORITY, yield_processor

Result = TypeVar("Result")


@contextmanager
def beside(call: Callable[[Control], Result], control: Control) -> Iterator[Future[Result]]:
    """Run `call` while the block runs, in the time in which that leaves a processor free.

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
            yield pool.submit(call, background)
            is_over.set()
        except BaseException:
            is_unwanted.set()
            raise
