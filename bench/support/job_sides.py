"""Starts the sides of a whole job, each in its own process, and gives them jobs."""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bench import convert_weights
from bench.support.engines import POLICY, SLEEPING
from bench.support.line_process import EngineFailed, LineProcess
from pipeline.core import thread_policy
from pipeline.models import checkpoints
from pipeline.models.registry import default_cache_dir

ROOT = Path(__file__).parents[2]
PEER_PYTHON = ROOT / ".venv-peer-job/bin/python"


def weights_of(name: str) -> Path:
    """Return Whisper base as the side reads it. Raises EngineFailed."""
    if name == "ours":
        return checkpoints.resolve("auto", checkpoints.WHISPER_BASE, default_cache_dir())
    found = convert_weights.peer_weights().get("faster-whisper")
    if found is None:
        raise EngineFailed("its weights could not be had")
    return found


def environment(name: str) -> dict[str, str]:
    """Return the environment of a side's process: threads that sleep while they wait, on each."""
    plain = {key: value for key, value in os.environ.items() if key not in POLICY}
    if name == "ours":
        return plain  # the product's own policy
    bins = f"{PEER_PYTHON.parent}:{plain['PATH']}"
    # by which its own use of the thread count is bounded, too
    return plain | SLEEPING | {"PATH": bins, "OMP_NUM_THREADS": str(thread_policy.cores())}


@dataclass
class JobSide:
    """A started side; leaving the context ends the process."""

    name: str  # in bench.whole_job
    facts: dict[str, Any] = field(default_factory=dict)  # settings, versions

    def __enter__(self) -> Self:
        python = Path(sys.executable) if self.name == "ours" else PEER_PYTHON
        self._process = LineProcess(
            python,
            "bench.whole_job",
            self.name,
            str(thread_policy.cores()),
            str(weights_of(self.name)),
            environment=environment(self.name),
        )
        self.facts = self._process.ready
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """The id of its process."""
        return self._process.pid

    def ask(
        self,
        file: Path,
        out: Path,
        *,
        clips: int | None,
        spans: Sequence[Sequence[float]] = (),
        encoder: Sequence[object] | None = None,
        lossless: bool = False,
    ) -> dict[str, Any]:
        """Give it a job; return what it made and what it cost. Raises EngineFailed."""
        request: Mapping[str, object] = {
            "file": str(file),
            "out": str(out),
            "clips": clips,
            "spans": spans,
            "encoder": encoder,
            "lossless": lossless,
        }
        try:
            found = self._process.ask(request)
        except EngineFailed as error:
            raise EngineFailed(f"{self.name}: {error}") from error
        if "error" in found:
            raise EngineFailed(f"{self.name}: {found['error']}")
        return found

    def close(self) -> None:
        """Close the input of the process, which ends it."""
        self._process.close()
