"""Layers of networks whose numbers come from a file."""

import torch
from torch import nn


def embedding(count: int, width: int) -> nn.Embedding:
    """Return an embedding of `count` rows of `width` numbers, which are not set.

    nn.Embedding draws its rows at random, for which torch loads its compiler where a network is
    declared on the meta device: two and a half seconds.
    """
    rows = torch.empty(count, width)
    layer: nn.Embedding = nn.Embedding.from_pretrained(rows)  # type: ignore[no-untyped-call]  # torch
    return layer
