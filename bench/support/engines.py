"""Starts the engines of bench.peers, each in its own process, and queries them.

Peers run in the bench environment. All but one run with sleeping OpenMP threads, as the product
does: spinning threads take several times as long as soon as anything else runs on the same cores,
and no engine should look slow because of that. The one shows what a user gets without settings.
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import older_processor

from bench.support.line_process import EngineFailed, LineProcess
from pipeline.core import thread_policy
from pipeline.models import checkpoints
from pipeline.models.registry import default_cache_dir

ROOT = Path(__file__).parents[2]
BENCH_PYTHON = ROOT / ".venv-bench/bin/python"
POLICY = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "OMP_NUM_THREADS", "TOKENIZERS_PARALLELISM")
SLEEPING = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "0"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of engine."""

    name: str
    runner: str  # name in bench.peers
    weights: str  # name in bench.convert_weights; "" for the product's own
    sleeping: bool = True  # whether waiting OpenMP threads sleep
    slow: bool = False


OURS = Kind(name="KlipFast", runner="ours", weights="")
BATCHED = Kind(
    name="faster-whisper batched", runner="faster-whisper batched", weights="faster-whisper"
)
BATCHED_AS_SHIPPED = Kind(
    name="faster-whisper batched, threads as shipped",
    runner="faster-whisper batched",
    weights="faster-whisper",
    sleeping=False,
)
SEQUENTIAL = Kind(
    name="faster-whisper sequential",
    runner="faster-whisper sequential",
    weights="faster-whisper",
    slow=True,
)
OPENAI = Kind(name="openai-whisper", runner="openai-whisper", weights="openai", slow=True)
WHISPER_CPP = Kind(name="whisper.cpp", runner="whisper.cpp", weights="whisper.cpp", slow=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An engine's transcript of a file and its cost; `error` says why there is none."""

    seconds: float = 0.0  # wall clock, from opening the file to the last word
    processor_s: float = 0.0  # of all its threads in that time; other load adds little
    others_cores: float = 0.0  # that everything else on the machine kept busy meanwhile
    peak_mib: float = 0.0  # peak resident size of its process so far
    text: str = ""
    words: tuple[tuple[str, float, float], ...] = ()  # word, start s, end s
    language: str = ""
    error: str = ""


def busy_s() -> float:
    """Return the CPU time of the whole machine so far, over all cores (Linux; else 0)."""
    try:
        ticks = [int(x) for x in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    except OSError:
        return 0.0
    idle = ticks[3] + ticks[4]  # idle, waiting for a disk
    return (sum(ticks) - idle) / os.sysconf("SC_CLK_TCK")


@dataclass
class Running:
    """A started engine; leaving the context ends the process."""

    kind: Kind
    weights: Mapping[str, Path]
    isa: str = ""  # class of processors to run as (older_processor.PROCESSORS); "": this one
    settings: str = ""
    versions: dict[str, str] = field(default_factory=dict)

    def __enter__(self) -> Self:
        ours = self.kind.weights == ""
        python = Path(sys.executable) if ours else BENCH_PYTHON
        if not ours and self.kind.weights not in self.weights:
            raise EngineFailed("its weights could not be had")
        path = (
            checkpoints.resolve("auto", checkpoints.WHISPER_BASE, default_cache_dir())
            if ours
            else self.weights[self.kind.weights]
        )
        self._process = LineProcess(
            python,
            "bench.peers",
            self.kind.runner,
            str(thread_policy.cores()),
            str(path),
            environment=self._environment(),
        )
        ready = self._process.ready
        self.settings, self.versions = ready["settings"], ready["versions"]
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

    def ask(self, path: Path) -> Answer:
        """Transcribe a file."""
        began_s = busy_s()
        try:
            found = self._process.ask({"file": str(path)})
        except EngineFailed as error:
            return Answer(error=str(error))
        if "error" not in found:
            others_s = busy_s() - began_s - found["processor_s"]
            found["others_cores"] = max(0.0, others_s / found["seconds"])
        found["words"] = tuple(tuple(word) for word in found.get("words", ()))
        return Answer(**found)

    def close(self) -> None:
        """Close the input of the process, which ends it."""
        self._process.close()

    def _environment(self) -> dict[str, str]:
        """Return this process's environment without the product's thread policy."""
        plain = {k: v for k, v in os.environ.items() if k not in POLICY}
        ours = self.kind.weights == ""
        sleeping = SLEEPING if self.kind.sleeping and not ours else {}
        return plain | sleeping | older_processor.environment(self.isa)
