"""Runs the product's commands, each in a process of its own that `fork_server.py` forks."""

import atexit
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import shared_results
from project_paths import ROOT

SERVER = Path(__file__).with_name("fork_server.py")
RELAY = Path(__file__).with_name("fork_relay.py")
STARTING_S = 120.0  # for the imports


class ForkedProcess:
    """A command that runs."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._answers = connection.makefile()
        self.pid = int(self._answers.readline())

    def wait(self, timeout_s: float) -> int:
        """Return the exit code; negative: ended by that signal. Raises TimeoutExpired."""
        self._connection.settimeout(timeout_s)
        try:
            return int(self._answers.readline())
        except TimeoutError as error:
            os.kill(self.pid, 9)
            raise subprocess.TimeoutExpired(str(self.pid), timeout_s) from error
        finally:
            self._answers.close()
            self._connection.close()


def start(
    words: Sequence[str],
    *,
    environ: Mapping[str, str],
    streams: tuple[int, int, int],
    module: str = "",
    code: str = "",
    cwd: Path = ROOT,
) -> ForkedProcess:
    """Start `python -m MODULE WORDS` or `python -c CODE WORDS`.

    `streams` are the descriptors of its standard input, output and error.
    """
    request = {"module": module, "code": code, "words": list(words), "environ": dict(environ)}
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(_server())
    line = json.dumps(request | {"cwd": str(cwd)}).encode() + b"\n"
    socket.send_fds(connection, [line], list(streams))
    return ForkedProcess(connection)


def run(
    words: Sequence[str],
    *,
    environ: Mapping[str, str],
    module: str = "",
    code: str = "",
    cwd: Path = ROOT,
    timeout_s: float = 120.0,
    typed: str = "",
) -> subprocess.CompletedProcess[str]:
    """Run it, and return what it wrote and how it ended; `typed` is its standard input.

    Fails where it wrote a traceback.
    """
    with (
        tempfile.TemporaryFile("w+") as given,
        tempfile.TemporaryFile("w+") as out,
        tempfile.TemporaryFile("w+") as err,
    ):
        given.write(typed)
        given.seek(0)
        streams = (given.fileno(), out.fileno(), err.fileno())
        process = start(words, environ=environ, streams=streams, module=module, code=code, cwd=cwd)
        exit_code = process.wait(timeout_s)
        out.seek(0)
        err.seek(0)
        told = err.read()
        assert "Traceback (most recent call last)" not in told, told
        return subprocess.CompletedProcess(list(words), exit_code, out.read(), told)


def relayed(words: Sequence[str], *, code: str) -> list[str]:
    """Return the command line that stands for `python -c CODE WORDS`, for others to start."""
    request = json.dumps({"module": "", "code": code, "words": list(words)})
    return [sys.executable, "-I", "-S", str(RELAY), _server(), request]


@cache
def _server() -> str:
    """Start the server, once in a process of the tests, and return its socket."""
    path = str(shared_results.folder() / f"fork-{os.getpid()}")
    process = subprocess.Popen(
        [sys.executable, str(SERVER), path, str(ROOT)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"

    atexit.register(process.communicate, timeout=60)  # else it ends with this process
    return path
