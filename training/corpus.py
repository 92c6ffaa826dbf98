"""Reads talks with known chapters and laughs, and the embeddings of their sentences.

The format is that of ../shared/data/highlights (its README lists the fields and licenses).
"""

import gzip
import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import pipeline
from pipeline.core.arrays import F32, F64
from pipeline.core.data import Sentence
from pipeline.models.model_config import default_cache_dir
from training.real_talk import sentences_of


@dataclass(frozen=True, kw_only=True)
class Episode:
    """One talk."""

    show: str
    fold: int  # 0..4
    sentences: tuple[Sentence, ...]
    vectors: F32  # what each sentence is about, as `Moments.meaning` has it, (n, d)
    chapters: npt.NDArray[np.intp]  # indices of the first sentences
    laughs: F64  # (n,): 1 if people laugh after the sentence


def read(path: Path, *, every: int = 1) -> list[Episode]:
    """Read every n-th episode of a .jsonl.gz file; embeddings are cached for the next run."""
    with gzip.open(path, "rt") as lines:
        records = [json.loads(line) for line in lines][::every]
    texts = [[s["text"] for s in r["sentences"]] for r in records]
    name = hashlib.sha256(path.read_bytes() + bytes([every])).hexdigest()[:16]
    return [_episode(r, v) for r, v in zip(records, _embedded(texts, name), strict=False)]


def _embedded(texts: Sequence[Sequence[str]], name: str) -> Iterator[F32]:
    """Yield what the sentences of each talk are about, as the moments have it."""
    kept = default_cache_dir() / f"meaning-{name}.npy"
    if not kept.exists():
        embed = pipeline.load_models().text_models.embed
        print(f"encoding {sum(map(len, texts)):,} sentences, some ninety a second …", flush=True)
        _save(kept, np.concatenate([embed(talk).astype(np.float16) for talk in texts]))
    rows = np.load(kept, mmap_mode="r")
    at = 0
    for talk in texts:
        yield rows[at : at + len(talk)].astype(np.float32)
        at += len(talk)


def _save(path: Path, array: npt.NDArray[Any]) -> None:
    partial = path.with_suffix(f".{os.getpid()}.npy")
    np.save(partial, array)
    partial.rename(path)


def _episode(record: dict[str, Any], vectors: F32) -> Episode:
    return Episode(
        show=record["show"],
        fold=record["fold"],
        sentences=sentences_of(record),
        vectors=vectors,
        chapters=np.array([c["start"] for c in record.get("chapters") or []], np.intp),
        laughs=np.array([s.get("laugh_after", 0) for s in record["sentences"]], np.float64),
    )
