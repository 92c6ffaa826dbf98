"""Starts what is compared, each side in its own process, with as many threads as the product.

All have Whisper base: faster-whisper reads the CTranslate2 folder that the project itself pins, and
openai-whisper and whisper.cpp download the same float16 numbers as their authors publish them.

Peers run with sleeping OpenMP threads, as the product does: spinning threads take several times as
long as soon as anything else runs on the same cores, and no side should look slow because of that.
"""

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.support.line_process import EngineFailed, LineProcess
from bench.support.recordings import ROOT
from pipeline.core import thread_policy
from pipeline.core.errors import ModelUnavailable
from pipeline.models import checkpoints, pinned, weight_sources
from pipeline.models.model_config import default_cache_dir

BENCH_PYTHON = ROOT / ".venv-bench/bin/python"
PEER_PYTHON = ROOT / ".venv-peer-job/bin/python"
POLICY = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "OMP_NUM_THREADS", "TOKENIZERS_PARALLELISM")
SLEEPING = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "0"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A side: the product, or a peer in an environment of its own."""

    name: str
    runner: str  # name in bench.peers
    weights: str = ""  # "ct2": the pinned folder; "base": its own download; "": the product's own
    python: Path = BENCH_PYTHON  # interpreter that runs a peer


OURS = Kind(name="KlipFast", runner="ours")
BATCHED = Kind(name="faster-whisper batched", runner="faster-whisper batched", weights="ct2")
SEQUENTIAL = Kind(
    name="faster-whisper sequential", runner="faster-whisper sequential", weights="ct2"
)
OPENAI = Kind(name="openai-whisper", runner="openai-whisper", weights="base")
WHISPER_CPP = Kind(name="whisper.cpp", runner="whisper.cpp", weights="base")
OUR_JOB = Kind(name="KlipFast", runner="our job")
PEER_JOB = Kind(name="shorts-factory", runner="shorts-factory", weights="ct2", python=PEER_PYTHON)


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


def weights_of(kind: Kind) -> str:
    """Return Whisper base as the side names it: a folder, or "base". Raises EngineFailed."""
    if kind.weights == "base":
        return kind.weights
    cache = default_cache_dir()
    ours = checkpoints.resolve("auto", pinned.WHISPER_BASE, cache)
    return str(_ctranslate2(ours, cache / "peers") if kind.weights else ours)


def _ctranslate2(ours: Path, peers: Path) -> Path:
    """Return the published folder, fetched again: the cache has only the converted one."""
    folder = peers / "whisper-base-ct2"
    if folder.exists():
        return folder
    peers.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=peers) as temporary:
        into = Path(temporary) / folder.name
        try:
            weight_sources.fetch(pinned.WHISPER_BASE, into)
        except (ModelUnavailable, OSError) as error:
            raise EngineFailed(f"its weights could not be had: {error}") from error
        described = json.loads((ours / "tokenizer.json").read_text())
        numbers: dict[str, int] = described["model"]["vocab"]
        numbers |= {t["content"]: t["id"] for t in described["added_tokens"]}
        named = {number: token for token, number in numbers.items()}
        size = json.loads((ours / "config.json").read_text())["vocab_size"]
        tokens = [named.get(i, f"<|extra_{i}|>") for i in range(size)]
        (into / "vocabulary.json").write_text(json.dumps(tokens))
        shutil.move(into, folder)
    return folder


def environment(kind: Kind) -> Mapping[str, str]:
    """Return this process's environment without the product's thread policy."""
    plain = {key: value for key, value in os.environ.items() if key not in POLICY}
    if not kind.weights:
        return plain  # the product has its own policy
    if kind is PEER_JOB:  # which calls its own ffmpeg, and bounds its threads by the variable
        plain["PATH"] = f"{kind.python.parent}:{plain['PATH']}"
        plain["OMP_NUM_THREADS"] = str(thread_policy.cores())
    return plain | SLEEPING
