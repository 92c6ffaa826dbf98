"""What was measured of a checkpoint and is not in its own files."""

from dataclasses import dataclass
from functools import cache
from importlib import resources

import torch
from safetensors.torch import load


@dataclass(frozen=True, slots=True)
class Known:
    """Facts about one checkpoint; those of one that nobody measured are None."""

    onset_heads: list[list[int]] | None = None
    """(layer, head) of those alignment heads that look at a word's very beginning.

    The middle half of their peaks lies within 15 ms of one place; that of others within 35 to 70.
    """
    ranges: str | None = None
    """File of the largest values that leave each encoder layer's norms, made by
    training/ranges.py: eight bits hold them well once they are made alike."""

    def largest(self) -> dict[str, torch.Tensor] | None:
        """ "attention" and "feed_forward": (layers, width), float32."""
        return None if self.ranges is None else _read(self.ranges)


# By their alignment heads, which fine-tuned copies share.
_KNOWN = {
    "3.1 4.2 4.3 4.7 5.1 5.2 5.4 5.6": Known(  # Whisper base
        onset_heads=[[3, 1], [5, 1]], ranges="whisper_base_ranges.safetensors"
    ),
}


def known(alignment_heads: list[list[int]]) -> Known:
    """What is known of the checkpoint with these (layer, head)."""
    return _KNOWN.get(" ".join(f"{layer}.{head}" for layer, head in alignment_heads), Known())


@cache
def _read(name: str) -> dict[str, torch.Tensor]:
    stored = resources.files("pipeline").joinpath(f"weights/{name}").read_bytes()
    tensors: dict[str, torch.Tensor] = load(stored)
    return tensors
