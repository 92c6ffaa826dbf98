"""A process that answers lines of JSON with lines of JSON, the first when it is ready."""

import json
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.support.recordings import ROOT


class EngineFailed(Exception):
    """Raised if a process cannot be started, or ends before it has answered."""


class LineProcess:
    """A started process; `ready` is its first line."""

    def __init__(
        self, python: Path, module: str, *words: str, environment: Mapping[str, str]
    ) -> None:
        """Start `python -m module words` and wait until it is ready. Raises EngineFailed."""
        if not python.exists():
            raise EngineFailed(f"{python} is not there: run it by `make`")
        command: Sequence[str | Path] = (python, "-m", module, *words)
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

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._process.pid

    def ask(self, request: Mapping[str, object]) -> dict[str, Any]:
        """Send a line and return the answer. Raises EngineFailed."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
        except OSError as error:
            raise EngineFailed(str(error)) from error
        return self._read()

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
