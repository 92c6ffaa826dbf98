"""A stage that runs beside another."""

import threading

import pytest

from pipeline.core.control import Control
from pipeline.core.errors import Canceled
from pipeline.core.prefetch import beside


def test_progress_is_reported_only_after_the_block() -> None:
    told: list[float] = []
    first, second = threading.Event(), threading.Event()

    def write(control: Control) -> str:
        control.report("write", 0.25)
        first.set()
        assert second.wait(10)
        control.report("write", 0.75)
        return "text"

    with beside(write, Control(progress=lambda _, fraction: told.append(fraction))) as writing:
        assert first.wait(10)
        threading.Timer(0.2, second.set).start()
    assert (writing.result(), told) == ("text", [0.75])


def test_an_error_in_the_block_cancels_the_call() -> None:
    ended = threading.Event()

    def write(control: Control) -> None:
        try:
            while True:
                control.check()
        except Canceled:
            ended.set()
            raise

    with pytest.raises(ValueError, match="no clip"), beside(write, Control()) as writing:
        raise ValueError("no clip")
    assert ended.is_set()
    assert isinstance(writing.exception(), Canceled)
