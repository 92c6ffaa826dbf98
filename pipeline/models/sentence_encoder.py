"""Sentence embeddings: MiniLM, mean-pooled and normalized, batched by length."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Tokenizer

from pipeline.core.control import Check, unchecked
from pipeline.core.parallel import batches_at_once, map_in_threads
from pipeline.models.bert import Bert

MAX_TOKENS = 64  # a spoken sentence rarely has more, and the rest adds little to its meaning
BATCH = 64  # sentences


class TextEncoder:
    """all-MiniLM-L6-v2 (Wang et al. 2020, arXiv:2002.10957, tuned by sentence-transformers)."""

    def __init__(self, network: Bert, tokenizer: Tokenizer) -> None:
        self.network = network
        self._tokenizer = tokenizer

    @classmethod
    def load(cls, folder: Path, device: torch.device, precision: torch.dtype) -> "TextEncoder":
        """Load from a folder in the Hugging Face layout."""
        network = Bert.load(folder, device, precision)
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        tokenizer.enable_truncation(MAX_TOKENS)
        tokenizer.no_padding()
        return cls(network, tokenizer)

    @property
    def tokenizer(self) -> Tokenizer:
        """Return a tokenizer that reads texts of any length."""
        whole = Tokenizer.from_str(self._tokenizer.to_str())
        whole.no_truncation()
        return whole

    def __call__(self, texts: Sequence[str], check: Check = unchecked) -> npt.NDArray[np.float32]:
        """Return unit vectors (len(texts), 384), float32; `check` is called before each batch."""
        ids = [e.ids for e in self._tokenizer.encode_batch(list(texts))]
        order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
        found = np.zeros((len(ids), self.network.width), np.float32)
        batches = [order[start : start + BATCH] for start in range(0, len(order), BATCH)]

        def encode(rows: list[int], check: Check) -> npt.NDArray[np.float32]:
            check()
            return self._batch([ids[i] for i in rows])

        at_once = batches_at_once(self.network.device)
        encoded = map_in_threads(encode, batches, threads=at_once, check=check)
        for rows, vectors in zip(batches, encoded, strict=True):
            found[rows] = vectors
        return found

    def with_check(self, check: Check) -> Callable[[Sequence[str]], npt.NDArray[np.float32]]:
        """Return the encoder with `check` bound, for callers that pass texts only."""
        return partial(self.__call__, check=check)

    @torch.inference_mode()
    def _batch(self, ids: list[list[int]]) -> npt.NDArray[np.float32]:
        """Return the embeddings of one batch of token lists."""
        longest = max(map(len, ids))
        tokens = torch.tensor([row + [0] * (longest - len(row)) for row in ids])
        mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in ids])
        device = self.network.device
        states = self.network(tokens.to(device), mask.to(device)).float()
        weight = mask.to(device).unsqueeze(-1)
        mean = (states * weight).sum(1) / weight.sum(1)
        unit: npt.NDArray[np.float32] = torch.nn.functional.normalize(mean).cpu().numpy()
        return unit
