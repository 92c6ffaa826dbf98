"""A data directory belongs to one server."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from project_paths import ROOT

from klipfast_server.cli import data_lock
from klipfast_server.core.setting_names import ConfigError

HOLDER = """
import sys
from pathlib import Path

from klipfast_server.cli import data_lock

with data_lock.held(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_server_waits_for_one_that_was_just_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = [sys.executable, "-c", HOLDER, str(tmp_path)]
    monkeypatch.setattr(data_lock, "WAIT_S", 0.3)
    with subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        try:
            assert other.stdout is not None
            assert other.stdout.readline() == b"held\n"
            with pytest.raises(ConfigError, match=f"process {other.pid}"), data_lock.held(tmp_path):
                pass
            monkeypatch.setattr(data_lock, "WAIT_S", 30.0)
            threading.Timer(0.5, other.kill).start()
            with data_lock.held(tmp_path):
                assert other.wait(10) < 0
        finally:
            other.kill()
