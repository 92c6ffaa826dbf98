"""Long work yields the processor to the event loop beside it."""

import os
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import pytest
from project_paths import ROOT

from klipfast_server.core.threads import NICENESS, Lane, lane


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere threads have no niceness")
def test_the_threads_of_a_lane_are_nice_and_the_others_are_not() -> None:
    def niceness() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    before = niceness()
    with lane("encode", 2) as executor:
        assert executor.submit(niceness).result() == min(19, NICENESS)
    assert niceness() == before


def test_a_server_takes_turns_at_the_interpreter_often() -> None:
    code = (
        "import sys; from klipfast_server.core import threads; threads.share_interpreter(); "
        "print(sys.getswitchinterval())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(ROOT), check=True, capture_output=True, text=True
    )
    assert float(done.stdout) < 0.001


def test_what_somebody_waits_for_goes_before_the_rest() -> None:
    begun, go_on, ran = threading.Event(), threading.Event(), list[str]()

    def block() -> None:
        begun.set()
        go_on.wait()

    work = Lane("encode", 1)
    work.submit(block)
    begun.wait()
    usual = [work.submit(partial(ran.append, name)) for name in "ab"]
    first = [work.submit(partial(ran.append, name), first=True) for name in "cd"]
    assert usual[0].cancel()
    go_on.set()
    for future in (usual[1], *first):
        future.result()
    assert ran == ["c", "d", "b"]
    with pytest.raises(ZeroDivisionError):
        work.submit(lambda: 1 // 0).result()
    work.close()


def test_a_lane_that_is_closed_cancels_what_waits() -> None:
    begun, go_on = threading.Event(), threading.Event()
    work = Lane("encode", 1)

    def block() -> bool:
        begun.set()
        return go_on.wait()

    running = work.submit(block)
    begun.wait()
    waiting = [work.submit(int), work.submit(int, first=True)]
    work.close()
    assert all(future.cancelled() for future in waiting)
    go_on.set()
    assert running.result()
