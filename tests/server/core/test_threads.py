"""Long work yields the processor to the event loop beside it."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from project_paths import ROOT

from klipfast_server.core.threads import NICENESS, lane


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
