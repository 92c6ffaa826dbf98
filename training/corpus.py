"""Reads talks with known editors' choices, and the embeddings of their sentences.

The format is that of ../shared/data/highlights (its README lists the fields and licenses).
"""

import gzip
import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

import pipeline
from pipeline.analysis import moments as networks
from pipeline.analysis import salience
from pipeline.analysis.moments import Encoded, Moments
from pipeline.analysis.salience import Spans
from pipeline.core.arrays import F64
from pipeline.core.data import Sentence
from pipeline.models.registry import default_cache_dir

TILE_S = 30.0
ENCODED = tuple(f.name for f in fields(Encoded))


@dataclass(frozen=True, kw_only=True)
class Episode:
    """One talk; zones are the spans that an editor put at its beginning."""

    show: str
    fold: int  # 0..4
    sentences: tuple[Sentence, ...]
    vectors: F64  # (n, d)
    zones: Spans  # (z, 2), both inclusive
    seen: F64  # salience.columns of the sentences
    moments: Moments | None  # if read with the multilingual encoder
    chapters: npt.NDArray[np.intp]  # indices of the first sentences
    laughs: F64  # (n,): 1 if people laugh after the sentence

    def embed(self, _texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return the stored embeddings, in place of a text encoder."""
        return self.vectors.astype(np.float32)

    def find_moments(self, _sentences: Sequence[Sentence]) -> Moments:
        """Return the stored moments, in place of a finder."""
        assert self.moments is not None
        return self.moments

    @cached_property
    def multilingual(self) -> "Episode":
        """The same talk with the vectors of the multilingual encoder."""
        assert self.moments is not None
        vectors = self.moments.meaning.astype(np.float64)
        seen = salience.columns(self.sentences, vectors)
        return replace(self, vectors=vectors, seen=seen)

    def tiles(self) -> Spans:
        """Split the talk into consecutive pieces of at least half a minute."""
        pieces, first = [], 0
        last = len(self.sentences) - 1
        for i, sentence in enumerate(self.sentences):
            if sentence.end_s - self.sentences[first].start_s >= TILE_S or i == last:
                pieces.append((first, i))
                first = i + 1
        return np.array(pieces, np.intp)

    def share(self, spans: Spans) -> F64:
        """Return the overlap of each span with the zones, in [0, 1], shape (len(spans),).

        The overlap with a zone counts as a share of the span or of the zone, whichever is larger.
        A span with at least half is a positive one.
        """
        seconds = np.array([max(0.2, s.end_s - s.start_s) for s in self.sentences])
        until = np.concatenate(([0.0], np.cumsum(seconds)))
        found = np.zeros(len(spans))
        for first, last in self.zones:
            begin, end = np.maximum(spans[:, 0], first), np.minimum(spans[:, 1], last) + 1
            common = np.where(begin < end, until[np.maximum(begin, end)] - until[begin], 0.0)
            whole = until[spans[:, 1] + 1] - until[spans[:, 0]]
            zone = until[last + 1] - until[first]
            found = np.maximum(found, np.maximum(common / whole, common / zone))
        return found


def read(path: Path, *, every: int = 1, moments: bool = False) -> list[Episode]:
    """Read every n-th episode of a .jsonl.gz file; embeddings are cached for the next run.

    `moments`: also with the multilingual encoder, and the moments that the networks find.
    """
    with gzip.open(path, "rt") as lines:
        records = [json.loads(line) for line in lines][::every]
    texts = [[s["text"] for s in r["sentences"]] for r in records]
    name = hashlib.sha256(path.read_bytes() + bytes([every])).hexdigest()[:16]
    vectors = _embedded(texts, name)
    encoded: Iterator[Encoded | None] = _encoded(texts, name) if moments else repeat(None)
    return [_episode(r, v, e) for r, v, e in zip(records, vectors, encoded, strict=False)]


def _embedded(texts: Sequence[Sequence[str]], name: str) -> Iterator[F64]:
    """Yield the embeddings of each talk by the English encoder."""
    kept = default_cache_dir() / f"embeddings-{name}.npy"
    if not kept.exists():
        embed = pipeline.load_models().text_encoder
        _announce(texts)
        _save(kept, np.concatenate([embed(talk).astype(np.float16) for talk in texts]))
    rows = np.load(kept, mmap_mode="r")
    at = 0
    for talk in texts:
        yield rows[at : at + len(talk)].astype(np.float64)
        at += len(talk)


def _encoded(texts: Sequence[Sequence[str]], name: str) -> Iterator[Encoded]:
    """Yield the sentences of each talk as the multilingual encoder reads them; 2 GB of cache."""
    kept = {f: default_cache_dir() / f"encoded-{name}-{f}.npy" for f in ENCODED}
    if not all(path.exists() for path in kept.values()):
        encode = pipeline.load_models().multilingual_encoder
        _announce(texts)
        found = [encode(talk) for talk in texts]
        for field, path in kept.items():
            _save(path, np.concatenate([getattr(e, field) for e in found]))
    arrays = {field: np.load(path, mmap_mode="r") for field, path in kept.items()}
    at = word = 0
    for talk in texts:
        own = slice(at, at + len(talk))
        lengths = np.array(arrays["lengths"][own])
        words = slice(word, word + int(lengths.sum()))
        yield Encoded(
            np.array(arrays["meaning"][own]),
            np.array(arrays["opening"][own]),
            np.array(arrays["words"][words]),
            lengths,
        )
        at, word = own.stop, words.stop


def _announce(texts: Sequence[Sequence[str]]) -> None:
    print(f"encoding {sum(map(len, texts)):,} sentences, a few minutes …", flush=True)


def _save(path: Path, array: npt.NDArray[Any]) -> None:
    partial = path.with_suffix(f".{os.getpid()}.npy")
    np.save(partial, array)
    partial.rename(path)


def _episode(record: dict[str, Any], vectors: F64, encoded: Encoded | None) -> Episode:
    sentences = tuple(
        Sentence(
            text=s["text"],
            start_s=s["start_s"],
            end_s=s["end_s"],
            first_word=i,
            last_word=i,
            speaker=s["speaker"],
        )
        for i, s in enumerate(record["sentences"])
    )
    return Episode(
        show=record["show"],
        fold=record["fold"],
        sentences=sentences,
        vectors=vectors,
        seen=salience.columns(sentences, vectors),
        moments=None if encoded is None else _find_moments(sentences, encoded),
        zones=np.array(record.get("zones", []), np.intp).reshape(-1, 2),
        chapters=np.array([c["start"] for c in record.get("chapters") or []], np.intp),
        laughs=np.array([s.get("laugh_after", 0) for s in record["sentences"]], np.float64),
    )


def _find_moments(sentences: Sequence[Sentence], encoded: Encoded) -> Moments:
    return networks.stored(torch.device("cpu"))(sentences, encoded)
