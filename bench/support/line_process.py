"""A process that answers lines of JSON with lines of JSON, the first when it is ready.

Peers lack the project's packages, so this module imports the standard library alone.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.support.recordings import ROOT


class EngineFailed(Exception):
    """Raised if a process cannot be started, fails at a request, or ends before its answer."""


class LineProcess:
    """A started process, to be closed."""

    def __init__(self, command: Sequence[str | Path], environment: Mapping[str, str]) -> None:
        """Start the command and wait until it is ready. Raises EngineFailed."""
        if not Path(command[0]).exists():
            raise EngineFailed(f"{command[0]} is not there: run it by `make`")
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115 - `close` closes it
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            cwd=ROOT,
            env=environment,
        )
        try:
            self.ready = self._read()
        except EngineFailed:
            self.close()
            raise

    def ask(self, **request: object) -> dict[str, Any]:
        """Send a request and return the answer. Raises EngineFailed."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
        except OSError as error:
            raise EngineFailed(str(error)) from error
        answer = self._read()
        if "error" in answer:
            raise EngineFailed(answer["error"])
        return answer

    def close(self) -> None:
        """Close the input of the process, which ends it."""
        self._process.communicate()
        self._log.close()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._process.wait()
            self._log.seek(0)
            said = self._log.read().strip().splitlines()
            raise EngineFailed(said[-1] if said else f"exit code {self._process.returncode}")
        message: dict[str, Any] = json.loads(line)
        return message


def cpu_s() -> float:
    """Return the processor time of this process and its finished children so far, in seconds."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in both)


def peak_mib() -> float:
    """Return the peak resident size of this process or of a child, the larger, in MiB (Linux).

    Its own is not that of getrusage, which counts what the parent had when it started this one.
    """
    lines = Path("/proc/self/status").read_text().splitlines()
    own_kib = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    return max(own_kib, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1024


def answer_lines(load: Callable[[], tuple[Callable[..., dict[str, Any]], dict[str, Any]]]) -> None:
    """Load what works and print its facts, then answer each line until the input ends.

    An answer also tells its cost.
    """
    # what the libraries print must not mix with the answers
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    work, facts = load()
    print(json.dumps(facts), file=replies, flush=True)
    for line in sys.stdin:
        began, used_s = time.perf_counter(), cpu_s()
        try:
            found = work(**json.loads(line))
            cost = {"seconds": time.perf_counter() - began, "cpu_s": cpu_s() - used_s}
            found = cost | {"peak_mib": peak_mib()} | found
        except Exception as error:  # a failure at a request is a result, too
            found = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(found), file=replies, flush=True)
