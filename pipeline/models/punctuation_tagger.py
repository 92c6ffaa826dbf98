"""Which mark follows each word, and whether it is capitalized, from the words alone.

A small head on the states of the sentence encoder's tokens; low-rank changes of its products (LoRA,
Hu et al. 2021, arXiv:2106.09685) let it read words without marks. training/punctuation.py trains
both on transcripts that people punctuated.
"""

import copy
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from importlib import resources

import numpy as np
import torch
from safetensors.torch import load
from tokenizers import Tokenizer
from torch import nn

from pipeline.core.arrays import F32
from pipeline.core.control import Check, unchecked
from pipeline.language.punctuation import MARKS, Tagger, Tags
from pipeline.models.bert import Bert, pad
from pipeline.models.sentence_encoder import TextEncoder

WINDOW_WORDS = 120  # read at once
AROUND_WORDS = 24  # words at either end that serve only as context for the others
WINDOW_TOKENS = 254
BATCH = 8  # windows
HEAD_WIDTH = 128
WEIGHTS = "punctuation.safetensors"
FIRST_ADAPTED = 2  # layer; those below read words with marks and without alike
_LAYER = re.compile(r"encoder\.encoder\.layer\.(\d+)\.")


class Network(nn.Module):
    """The sentence encoder with a head of five scores a word: MARKS and capitals."""

    def __init__(self, encoder: Bert) -> None:
        super().__init__()
        self.encoder = encoder
        width = encoder.width
        self.head = nn.Sequential(
            nn.Linear(2 * width, HEAD_WIDTH),
            nn.GELU(),
            nn.Linear(HEAD_WIDTH, len(MARKS) + 1),
        )

    @classmethod
    def beside(cls, encoder: TextEncoder) -> "Network":
        """Copy a sentence encoder's layers, which will be changed; the embeddings are shared."""
        shared = encoder.network.embeddings
        return cls(copy.deepcopy(encoder.network, {id(shared): shared}))

    def forward(
        self, ids: torch.Tensor, mask: torch.Tensor, last: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return scores of MARKS (b, w, 4) and of capitals (b, w).

        ids, mask: tokens and which of them are there (b, t). last: each word's last token (b, w).
        """
        states = self.encoder(ids, mask)
        width = states.shape[-1]
        here = states.gather(1, last.unsqueeze(-1).expand(-1, -1, width))
        after = (last + 1).clamp(max=ids.shape[1] - 1)
        following = states.gather(1, after.unsqueeze(-1).expand(-1, -1, width))
        scores = self.head(torch.cat([here, following], -1))
        return scores[..., : len(MARKS)], scores[..., len(MARKS)]


def fingerprint(encoder: TextEncoder) -> torch.Tensor:
    """Return numbers by which an encoder's weights are told from others', (64,)."""
    embeddings = encoder.network.embeddings.word_embeddings.weight
    found: torch.Tensor = embeddings.detach()[2000:2008, :8].flatten().float().cpu()
    return found


def _stored() -> dict[str, torch.Tensor]:
    found: dict[str, torch.Tensor] = load(
        resources.files("pipeline").joinpath(f"weights/{WEIGHTS}").read_bytes()
    )
    return found


def adapted_layers(network: nn.Module) -> list[str]:
    """Return the names of the encoder's products, which low-rank changes are added to."""
    return [
        name
        for name, module in network.named_modules()
        if isinstance(module, nn.Linear)
        and (found := _LAYER.match(name))
        and int(found[1]) >= FIRST_ADAPTED
    ]


def word_pieces(
    tokenizer: Tokenizer, words: Sequence[str], *, limit: int = WINDOW_TOKENS
) -> tuple[list[int], list[int]]:
    """Return the tokens of bare words, and the place of each word's last one.

    Words that do not fit into `limit` tokens are left out, and so have no place.
    """
    encoded = tokenizer.encode(list(words), is_pretokenized=True)
    ids, of_word = encoded.ids, encoded.word_ids
    if len(ids) > limit:  # the last word may be cut: it is left out
        kept = of_word[limit - 1]
        end = next(i for i, word in enumerate(of_word) if i and word == kept)
        ids, of_word = [*ids[:end], ids[-1]], [*of_word[:end], None]
    last = {word: place for place, word in enumerate(of_word) if word is not None}
    places = list[int]()
    for word in range(max(last, default=-1) + 1):  # a word without a token shares its neighbor's
        places.append(last.get(word, places[-1] if places else 0))
    return ids, places


@dataclass(frozen=True, slots=True, kw_only=True)
class PunctuationTagger:
    """Tells marks and capitals of English words."""

    network: Network
    tokenizer: Tokenizer

    @staticmethod
    def fits(encoder: TextEncoder) -> bool:
        """Return whether the changes were trained on this sentence encoder."""
        known, found = _stored()["fingerprint"], fingerprint(encoder)
        return known.shape == found.shape and torch.allclose(known, found, atol=1e-3)  # rounded

    @classmethod
    def load(cls, encoder: TextEncoder) -> "PunctuationTagger":
        """Put the trained changes into a copy of the sentence encoder, if it `fits`."""
        stored = _stored()
        network = Network.beside(encoder)
        for name in adapted_layers(network):
            layer = network.get_submodule(name)
            assert isinstance(layer, nn.Linear)
            change = stored[f"{name}.up"].float() @ stored[f"{name}.down"].float()
            weight = layer.weight.detach()
            layer.weight = nn.Parameter(weight + change.to(weight.device, weight.dtype))
        head = {
            k.removeprefix("head."): v.float() for k, v in stored.items() if k.startswith("head.")
        }
        network.head.load_state_dict(head)
        network.head.to(encoder.network.device, encoder.network.dtype)
        return cls(network=network.eval(), tokenizer=encoder.tokenizer)

    @torch.inference_mode()
    def __call__(self, words: Sequence[str], check: Check = unchecked) -> Tags:
        """Return what follows each word; words are bare. `check` is called before each batch."""
        if not words:
            return Tags(marks=(), capital=())
        marks = np.zeros((len(words), len(MARKS)), np.float32)
        capitals = np.zeros((len(words), 2), np.float32)
        step = WINDOW_WORDS - 2 * AROUND_WORDS
        starts = range(0, max(1, len(words) - 2 * AROUND_WORDS), step)
        for first in range(0, len(starts), BATCH):
            check()
            for start, scores, upper in self._batch(words, starts[first : first + BATCH]):
                skip = AROUND_WORDS if start else 0
                into = slice(start + skip, start + len(scores))
                marks[into], capitals[into] = scores[skip:], upper[skip:]
        return Tags(marks=marks.tolist(), capital=capitals.tolist())

    def with_check(self, check: Check) -> Tagger:
        """Return the tagger with `check` bound, for callers that pass words only."""
        return partial(self.__call__, check=check)

    def _batch(self, words: Sequence[str], starts: Sequence[int]) -> list[tuple[int, F32, F32]]:
        """Return the start, marks and capitals of each window."""
        read = [word_pieces(self.tokenizer, words[s : s + WINDOW_WORDS]) for s in starts]
        device, most = self.network.encoder.device, max(len(last) for _, last in read)
        ids, mask = pad([ids for ids, _ in read], device)
        last = torch.tensor([last + [0] * (most - len(last)) for _, last in read])
        scores, upper = self.network(ids, mask, last.to(device))
        both = torch.stack([-upper, upper], -1) / 2  # whose softmax is the sigmoid of `upper`
        found: list[tuple[int, F32, F32]] = []
        for i, start in enumerate(starts):
            count = len(read[i][1])
            found.append(
                (
                    start,
                    scores[i, :count].float().log_softmax(-1).cpu().numpy(),
                    both[i, :count].float().log_softmax(-1).cpu().numpy(),
                )
            )
        return found
