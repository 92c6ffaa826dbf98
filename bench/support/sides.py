"""Starts what is compared, each side in its own process, with as many threads as the product.

Peers run with sleeping OpenMP threads, as the product does: spinning threads take several times as
long as soon as anything else runs on the same cores, and no side should look slow because of that.
"""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.support.line_process import EngineFailed, LineProcess
from bench.support.recordings import ROOT
from pipeline.core import thread_policy
from pipeline.models import checkpoints
from pipeline.models.registry import default_cache_dir
from tools import convert_weights

BENCH_PYTHON = ROOT / ".venv-bench/bin/python"
PEER_PYTHON = ROOT / ".venv-peer-job/bin/python"
POLICY = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "OMP_NUM_THREADS", "TOKENIZERS_PARALLELISM")
SLEEPING = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "0"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A side: the product, or a peer in an environment of its own."""

    name: str
    runner: str  # name in bench.peers
    weights: str = ""  # name in tools.convert_weights; "": the product's own, in its environment
    python: Path = BENCH_PYTHON  # interpreter that runs a peer


OURS = Kind(name="KlipFast", runner="ours")
BATCHED = Kind(
    name="faster-whisper batched", runner="faster-whisper batched", weights="faster-whisper"
)
SEQUENTIAL = Kind(
    name="faster-whisper sequential", runner="faster-whisper sequential", weights="faster-whisper"
)
OPENAI = Kind(name="openai-whisper", runner="openai-whisper", weights="openai")
WHISPER_CPP = Kind(name="whisper.cpp", runner="whisper.cpp", weights="whisper.cpp")
OUR_JOB = Kind(name="KlipFast", runner="our job")
PEER_JOB = Kind(
    name="shorts-factory", runner="shorts-factory", weights="faster-whisper", python=PEER_PYTHON
)


@contextmanager
def started(kind: Kind) -> Iterator[LineProcess]:
    """Run a side with Whisper base; its first line has `settings` and `versions`.

    Raises EngineFailed.
    """
    python = kind.python if kind.weights else Path(sys.executable)
    threads = str(thread_policy.cores())
    command = (python, "-m", "bench.peers", kind.runner, threads, weights_of(kind))
    with closing(LineProcess(command, environment(kind))) as process:
        yield process


def weights_of(kind: Kind) -> Path:
    """Return Whisper base as the side reads it. Raises EngineFailed."""
    if not kind.weights:
        return checkpoints.resolve("auto", checkpoints.WHISPER_BASE, default_cache_dir())
    if (found := convert_weights.peer_weights().get(kind.weights)) is None:
        raise EngineFailed("its weights could not be had")
    return found


def environment(kind: Kind) -> Mapping[str, str]:
    """Return this process's environment without the product's thread policy."""
    plain = {key: value for key, value in os.environ.items() if key not in POLICY}
    if not kind.weights:
        return plain  # the product has its own policy
    if kind is PEER_JOB:  # which calls its own ffmpeg, and bounds its threads by the variable
        plain["PATH"] = f"{kind.python.parent}:{plain['PATH']}"
        plain["OMP_NUM_THREADS"] = str(thread_policy.cores())
    return plain | SLEEPING
