"""A BERT encoder (Devlin et al. 2019, arXiv:1810.04805): the network of both sentence encoders.

The parameters have the names that checkpoints in the Hugging Face layout have. It is written out
here because the library that has it takes three seconds to import, longer than an hour's talk takes
to encode.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypeVar

import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional as F

from pipeline.core.control import Check
from pipeline.core.layers import embedding
from pipeline.core.parallel import batches_at_once, map_in_threads

BATCH = 64  # texts

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of a network, by their names in config.json."""

    vocab_size: int
    hidden_size: int
    num_hidden_layers: int
    num_attention_heads: int
    intermediate_size: int
    max_position_embeddings: int
    type_vocab_size: int
    layer_norm_eps: float

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read from a folder in the Hugging Face layout."""
        stored = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        return cls(**{name: stored[name] for name in cls.__slots__})


class _Embeddings(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        width = shape.hidden_size
        self.word_embeddings = embedding(shape.vocab_size, width)
        self.position_embeddings = embedding(shape.max_position_embeddings, width)
        self.token_type_embeddings = embedding(shape.type_vocab_size, width)
        self.LayerNorm = nn.LayerNorm(width, eps=shape.layer_norm_eps)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        places = self.position_embeddings.weight[: ids.shape[1]]
        total = self.word_embeddings(ids) + places + self.token_type_embeddings.weight[0]
        states: torch.Tensor = self.LayerNorm(total)
        return states


class _Projections(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.num_attention_heads
        self.query, self.key, self.value = (
            nn.Linear(shape.hidden_size, shape.hidden_size) for _ in range(3)
        )

    def forward(self, states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        split = (self.heads, states.shape[-1] // self.heads)
        query, key, value = (
            part(states).unflatten(-1, split).transpose(1, 2)
            for part in (self.query, self.key, self.value)
        )
        seen = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        return seen.transpose(1, 2).flatten(2)


class _Output(nn.Module):
    def __init__(self, width_in: int, shape: Shape) -> None:
        super().__init__()
        self.dense = nn.Linear(width_in, shape.hidden_size)
        self.LayerNorm = nn.LayerNorm(shape.hidden_size, eps=shape.layer_norm_eps)

    def forward(self, found: torch.Tensor, states: torch.Tensor) -> torch.Tensor:
        total: torch.Tensor = self.LayerNorm(self.dense(found) + states)
        return total


class _Attention(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.self = _Projections(shape)
        self.output = _Output(shape.hidden_size, shape)

    def forward(self, states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        attended: torch.Tensor = self.output(self.self(states, mask), states)
        return attended


class _Layer(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.attention = _Attention(shape)
        self.intermediate = nn.ModuleDict(
            {"dense": nn.Linear(shape.hidden_size, shape.intermediate_size)}
        )
        self.output = _Output(shape.intermediate_size, shape)

    def forward(self, states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        attended = self.attention(states, mask)
        wide = F.gelu(self.intermediate["dense"](attended))
        left: torch.Tensor = self.output(wide, attended)
        return left


class _Stack(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.layer = nn.ModuleList(_Layer(shape) for _ in range(shape.num_hidden_layers))


class Bert(nn.Module):
    """The encoder, without a pooling layer."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.embeddings = _Embeddings(shape)
        self.encoder = _Stack(shape)

    @classmethod
    def load(cls, folder: Path, device: torch.device, precision: torch.dtype) -> Self:
        """Load from a folder in the Hugging Face layout. Raises KeyError if a tensor is missing."""
        with torch.device("meta"):
            network = cls(Shape.read(folder))
        read = load_file(folder / "model.safetensors", device=str(device))
        stored = {name.removeprefix("bert."): value for name, value in read.items()}
        wanted = {name: stored[name].to(precision) for name in network.state_dict()}
        network.load_state_dict(wanted, assign=True)
        return network.requires_grad_(requires_grad=False).eval()

    @property
    def width(self) -> int:
        """Return the number of a state's numbers."""
        return self.shape.hidden_size

    @property
    def device(self) -> torch.device:
        """Return where the network is."""
        return self.embeddings.word_embeddings.weight.device

    @property
    def dtype(self) -> torch.dtype:
        """Return the type of its numbers."""
        return self.embeddings.word_embeddings.weight.dtype

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Return the states of the last layer, (b, t, width).

        ids: tokens (b, t); mask: 1 where there is one, (b, t).
        """
        *_, states = self.states(ids, mask)
        return states

    def states(self, ids: torch.Tensor, mask: torch.Tensor) -> Iterator[torch.Tensor]:
        """Yield the embeddings and then the states of each layer, (b, t, width) each."""
        states = self.embeddings(ids)
        yield states
        seen = mask.bool()[:, None, None]
        for layer in self.encoder.layer:
            states = layer(states, seen)
            yield states


def in_batches(
    encode: Callable[[list[list[int]]], Result],
    ids: Sequence[list[int]],
    device: torch.device,
    check: Check,
) -> Iterator[tuple[list[int], Result]]:
    """Encode texts, given as tokens, in batches of about one length; yield rows and their results.

    `check` is called before each batch.
    """
    order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
    batches = [order[start : start + BATCH] for start in range(0, len(order), BATCH)]

    def run(rows: list[int], check: Check) -> Result:
        check()
        return encode([ids[i] for i in rows])

    results = map_in_threads(run, batches, threads=batches_at_once(device), check=check)
    yield from zip(batches, results, strict=True)


def pad(
    ids: Sequence[list[int]], device: torch.device, *, padding: int = 0, least: int = 0
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return tokens (b, t) and a mask, 1 where there is one, (b, t); t is at least `least`."""
    longest = max(least, *map(len, ids))
    tokens = torch.tensor([row + [padding] * (longest - len(row)) for row in ids])
    mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in ids])
    return tokens.to(device), mask.to(device)


def unit_means(states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Return the mean state of each text as a unit vector, (b, width), float32 on the CPU."""
    weight = mask.unsqueeze(-1)
    mean = (states.float() * weight).sum(1) / weight.sum(1)
    return F.normalize(mean).cpu()
