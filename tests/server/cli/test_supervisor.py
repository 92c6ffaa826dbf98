"""A server that crashes or hangs is started again; one that ends, or is told to, is not."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from project_paths import ROOT

PATIENCE_S = 30.0
# Runs a server made of the lines below it: `starts` counts them, `beat` writes a heartbeat.
SERVER = """
import os, signal, sys, time
from pathlib import Path
log = Path(sys.argv[1])
with log.open("a") as file:
    print("start", file=file)
starts = len(log.read_text().split())
fd = int(sys.argv[sys.argv.index("--heartbeat") + 1])
def beat():
    os.write(fd, b".")
beat()
print("up", flush=True)
"""
SUPERVISOR = """
import sys
from klipfast_server.cli.supervisor import supervise
log, stall_s, grace_s, code = sys.argv[1], float(sys.argv[2]), float(sys.argv[3]), sys.argv[4]
sys.exit(supervise([sys.executable, "-c", code, log], stall_s=stall_s, grace_s=grace_s))
"""


@contextmanager
def supervised(
    folder: Path, lines: str, *, stall_s: float = 60.0, grace_s: float = 60.0
) -> "Iterator[subprocess.Popen[str]]":
    """A supervisor of a server that does these lines."""
    words = [str(folder / "log"), str(stall_s), str(grace_s), SERVER + lines]
    command = [sys.executable, "-c", SUPERVISOR, *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            yield process
        finally:
            process.kill()


def starts(folder: Path) -> int:
    return len((folder / "log").read_text().split())


@pytest.mark.parametrize(
    ("lines", "code", "count"),
    [
        ("sys.exit(0)", 0, 1),
        ("sys.exit(1)", 1, 1),  # an error that it has said
        ("if starts == 1: os.kill(os.getpid(), signal.SIGSEGV)", 0, 2),
        ("if starts == 1: os.kill(os.getpid(), signal.SIGKILL)", 0, 2),  # out of memory
        ("sys.exit(75 if starts < 3 else 0)", 0, 3),  # it asks to be started again
        # after a crash its database may not be there yet
        pytest.param("sys.exit([75, 1, 0][starts - 1])", 0, 3, marks=pytest.mark.slow),
    ],
    ids=["ends", "fails", "crashes", "is killed", "asks", "fails after it has run"],
)
def test_only_a_crash_starts_it_again(tmp_path: Path, lines: str, code: int, count: int) -> None:
    with supervised(tmp_path, lines) as process:
        assert process.wait(PATIENCE_S) == code
    assert starts(tmp_path) == count


@pytest.mark.slow  # waits for a watchdog
def test_a_server_whose_loop_no_longer_turns_is_started_again(tmp_path: Path) -> None:
    with supervised(tmp_path, "if starts == 1: time.sleep(1000)", stall_s=1.5) as process:
        assert process.wait(PATIENCE_S) == 0
    assert starts(tmp_path) == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_to_stop_reaches_the_server_which_is_not_started_again(
    tmp_path: Path, number: int
) -> None:
    lines = f"""
def stop(got, _):
    assert got == {int(number if number != signal.SIGHUP else signal.SIGTERM)}
    sys.exit(7)
for n in (signal.SIGTERM, signal.SIGINT):
    signal.signal(n, stop)
print("ready", flush=True)
while True:
    beat()
    time.sleep(.1)
"""
    with supervised(tmp_path, lines) as process:
        assert process.stdout is not None
        assert [process.stdout.readline() for _ in range(2)] == ["up\n", "ready\n"]
        process.send_signal(number)
        assert process.wait(PATIENCE_S) == 7
    assert starts(tmp_path) == 1


def test_a_server_that_does_not_stop_is_killed(tmp_path: Path) -> None:
    lines = """
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
while True:
    beat()
    time.sleep(.1)
"""
    with supervised(tmp_path, lines, grace_s=0.5) as process:
        assert process.stdout is not None
        assert [process.stdout.readline() for _ in range(2)] == ["up\n", "ready\n"]
        process.terminate()
        assert process.wait(PATIENCE_S) == 128 + signal.SIGKILL
    assert starts(tmp_path) == 1
