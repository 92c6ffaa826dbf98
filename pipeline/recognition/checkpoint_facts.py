"""Measured facts about checkpoints that their own files do not contain."""

from dataclasses import dataclass
from functools import cache
from importlib import resources

import torch
from safetensors.torch import load

from pipeline.recognition.confidence import Agreement


@dataclass(frozen=True, slots=True)
class CheckpointFacts:
    """Facts about one checkpoint; a fact that was not measured is None."""

    onset_heads: list[list[int]] | None = None
    """(layer, head) of the alignment heads that attend to the very beginning of a word.

    The middle half of their peaks lies within 15 ms of one place, that of other heads within 35 to
    70 ms.
    """
    ranges: str | None = None
    """File with the largest outputs of each encoder layer's norms, made by training/ranges.py.

    Int8 represents these outputs well once their channels are equalized.
    """

    confidence: tuple[float, ...] | None = None
    """Weights of pipeline.recognition.confidence, made by training/confidence.py."""

    agreement: Agreement | None = None
    """How two hearings become one probability, made by training/second_hearing.py."""

    def largest(self) -> dict[str, torch.Tensor] | None:
        """Return "attention" and "feed_forward", each of shape (layers, width), float32."""
        return None if self.ranges is None else _read(self.ranges)


# Keyed by alignment heads, because fine-tuned copies of a checkpoint share them.
_KNOWN = {
    "3.1 4.2 4.3 4.7 5.1 5.2 5.4 5.6": CheckpointFacts(  # Whisper base
        onset_heads=[[3, 1], [5, 1]],
        ranges="whisper_base_ranges.safetensors",
        confidence=(1.900, -0.175, 0.882, 0.722, 0.676, 2.451, -0.918, -0.098),
        agreement=Agreement(alike=(0.385, 0.569, 0.366), different=(-1.016, 1.042, -0.133)),
    ),
}


def find_facts(alignment_heads: list[list[int]]) -> CheckpointFacts:
    """Return the facts about the checkpoint with these alignment heads, given as (layer, head)."""
    return _KNOWN.get(
        " ".join(f"{layer}.{head}" for layer, head in alignment_heads), CheckpointFacts()
    )


@cache
def _read(name: str) -> dict[str, torch.Tensor]:
    stored = resources.files("pipeline").joinpath(f"weights/{name}").read_bytes()
    tensors: dict[str, torch.Tensor] = load(stored)
    return tensors
