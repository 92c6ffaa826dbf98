"""Sentences of any language as vectors: multilingual-e5-small, with how each sentence begins.

The mean of the last layer says what a sentence is about (Wang et al. 2024, arXiv:2402.05672). It
hardly says how the sentence joins on to the one before: "But then", "He", "Und deshalb". That is
what the states of its first words in an early layer say. What single words say within their
sentence stands in the states of a middle layer.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

from pipeline.analysis.moments import Encoded
from pipeline.core.control import Check, unchecked
from pipeline.models.bert import Bert, in_batches, pad, unit_means

MAX_TOKENS = 64  # a spoken sentence rarely has more
PREFIX = "query: "  # what the encoder was trained with
OPENING_LAYER = 2  # whose states say how a sentence begins
OPENING_TOKENS = 2
WORD_LAYER = 8  # layer, out of 12, whose states describe words
PADDING = 1  # the token "<pad>"


class MultilingualEncoder:
    """multilingual-e5-small."""

    def __init__(self, network: Bert, tokenizer: Tokenizer) -> None:
        self.network = network
        self._tokenizer = tokenizer
        self._tokenizer.enable_truncation(MAX_TOKENS)
        # "<s>" and the prefix stand before a sentence
        own = self._tokenizer.encode(PREFIX.strip(), add_special_tokens=False).ids
        self._before = 1 + len(own)
        self._around = self._before + 1  # with "</s>"

    @classmethod
    def load(
        cls, folder: Path, device: torch.device, precision: torch.dtype
    ) -> "MultilingualEncoder":
        """Load from a folder in the Hugging Face layout."""
        network = Bert.load(folder, device, precision)
        return cls(network, Tokenizer.from_file(str(folder / "tokenizer.json")))

    def __call__(self, texts: Sequence[str], check: Check = unchecked) -> Encoded:
        """Return the vectors of texts; `check` is called before each batch."""
        tokens = self._tokenizer.encode_batch([PREFIX + text for text in texts])
        ids = [found.ids for found in tokens]
        width = self.network.width
        meaning = np.zeros((len(ids), width), np.float32)
        opening = np.zeros((len(ids), OPENING_TOKENS * width), np.float32)
        lengths = np.array([max(0, len(row) - self._around) for row in ids], np.intp)
        words = np.zeros((int(lengths.sum()), width), np.float16)
        places = np.zeros((len(words), 2), np.intp)
        until = np.cumsum(lengths)
        for found, end, length in zip(tokens, until, lengths, strict=True):
            own = found.offsets[self._before : self._before + length]
            places[end - length : end] = np.reshape(own, (length, 2)) - len(PREFIX)
        encoded = in_batches(self._batch, ids, self.network.device, check)
        for rows, (meant, opened, spoken) in encoded:
            meaning[rows], opening[rows] = meant, opened
            for k, states in zip(rows, spoken, strict=True):
                words[until[k] - lengths[k] : until[k]] = states[: lengths[k]]
        return Encoded(meaning, opening, words, places, lengths)

    @torch.inference_mode()
    def _batch(self, ids: list[list[int]]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return the unit means of the last layer, the states of the first words, and of all.

        The last are (len(ids), longest, d); behind a text's own tokens they mean nothing.
        """
        least = self._before + OPENING_TOKENS + 1
        tokens, mask = pad(ids, self.network.device, padding=PADDING, least=least)
        layers = list(self.network.states(tokens, mask))
        first = slice(self._before, self._before + OPENING_TOKENS)
        spoken = mask.unsqueeze(-1).roll(-1, 1)[:, first]  # the last token is "</s>"
        opening = (layers[OPENING_LAYER].float()[:, first] * spoken).flatten(1)
        words = layers[WORD_LAYER][:, self._before :].half()
        return unit_means(layers[-1], mask), opening.cpu(), words.cpu()
