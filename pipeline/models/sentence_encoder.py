"""Sentence embeddings: MiniLM, mean-pooled and normalized, batched by length."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Tokenizer

from pipeline.core.control import Check, unchecked
from pipeline.models.bert import Bert, in_batches, pad, unit_means

MAX_TOKENS = 64  # a spoken sentence rarely has more, and the rest adds little to its meaning


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
        found = np.zeros((len(ids), self.network.width), np.float32)
        for rows, vectors in in_batches(self._batch, ids, self.network.device, check):
            found[rows] = vectors
        return found

    def with_check(self, check: Check) -> Callable[[Sequence[str]], npt.NDArray[np.float32]]:
        """Return the encoder with `check` bound, for callers that pass texts only."""
        return partial(self.__call__, check=check)

    @torch.inference_mode()
    def _batch(self, ids: list[list[int]]) -> npt.NDArray[np.float32]:
        """Return the embeddings of one batch of token lists."""
        tokens, mask = pad(ids, self.network.device)
        unit: npt.NDArray[np.float32] = unit_means(self.network(tokens, mask), mask).numpy()
        return unit
