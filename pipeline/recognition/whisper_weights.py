"""The weights of a Whisper checkpoint: a folder in the Hugging Face layout, read into plain layers.

The parameters have the names that such checkpoints have. The layers are declared here, because
transformers takes four seconds to import with its own Whisper, as long as a short talk takes to
transcribe; of its network only the weights would be used.

Whisper: Radford et al. 2022, arXiv:2212.04356.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Self, cast

import torch
from safetensors import safe_open
from torch import nn

from pipeline.core.layers import embedding

PREFIX = "model."  # key prefix in checkpoints of the whole network; bare models have no prefix
TOKENS = "decoder.embed_tokens.weight"
SCORES = "proj_out.weight"  # the same weight, under the name of its other use


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Sizes of a network, by their names in config.json."""

    vocab_size: int
    num_mel_bins: int
    d_model: int
    encoder_layers: int
    decoder_layers: int
    encoder_attention_heads: int
    decoder_attention_heads: int
    encoder_ffn_dim: int
    decoder_ffn_dim: int
    max_target_positions: int
    max_source_positions: int = 1500

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read from a folder in the Hugging Face layout. Raises ValueError if a size is missing."""
        stored = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        if (kind := stored.get("model_type", "whisper")) != "whisper":
            raise ValueError(f"config.json is of a model of type {kind}, not whisper")
        required = [f.name for f in fields(cls) if f.default is MISSING]
        if missing := [name for name in required if name not in stored]:
            raise ValueError(f"config.json lacks {', '.join(missing)}")
        return cls(**{f.name: stored[f.name] for f in fields(cls) if f.name in stored})


class Attention(nn.Module):
    """The four projections of an attention; keys have no bias."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.q_proj, self.v_proj, self.out_proj = (nn.Linear(width, width) for _ in range(3))
        self.k_proj = nn.Linear(width, width, bias=False)


class EncoderLayer(nn.Module):
    """The weights of a layer of the encoder."""

    def __init__(self, width: int, ffn_width: int) -> None:
        super().__init__()
        self.self_attn_layer_norm = nn.LayerNorm(width)
        self.self_attn = Attention(width)
        self.final_layer_norm = nn.LayerNorm(width)
        self.fc1 = nn.Linear(width, ffn_width)
        self.fc2 = nn.Linear(ffn_width, width)


class DecoderLayer(EncoderLayer):
    """The weights of a layer of the decoder, which attends to the encoder's states, too."""

    def __init__(self, width: int, ffn_width: int) -> None:
        super().__init__(width, ffn_width)
        self.encoder_attn_layer_norm = nn.LayerNorm(width)
        self.encoder_attn = Attention(width)


class Encoder(nn.Module):
    """The weights of the encoder."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        width = shape.d_model
        self.conv1 = nn.Conv1d(shape.num_mel_bins, width, kernel_size=3, padding=1)
        self.conv2 = nn.Conv1d(width, width, kernel_size=3, stride=2, padding=1)
        self.embed_positions = embedding(shape.max_source_positions, width)
        layers = (EncoderLayer(width, shape.encoder_ffn_dim) for _ in range(shape.encoder_layers))
        self.layers = cast("Sequence[EncoderLayer]", nn.ModuleList(layers))
        self.layer_norm = nn.LayerNorm(width)


class Decoder(nn.Module):
    """The weights of the decoder."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        width = shape.d_model
        self.embed_tokens = embedding(shape.vocab_size, width)
        self.embed_positions = embedding(shape.max_target_positions, width)
        layers = (DecoderLayer(width, shape.decoder_ffn_dim) for _ in range(shape.decoder_layers))
        self.layers = cast("Sequence[DecoderLayer]", nn.ModuleList(layers))
        self.layer_norm = nn.LayerNorm(width)


class WhisperWeights(nn.Module):
    """All weights of a checkpoint."""

    def __init__(self, shape: Shape) -> None:
        """Declare them; embeddings are not set, and the rest is random."""
        super().__init__()
        self.shape = shape
        self.encoder = Encoder(shape)
        self.decoder = Decoder(shape)

    @classmethod
    def load(cls, folder: Path, device: torch.device, precision: torch.dtype) -> Self:
        """Read a folder in the Hugging Face layout.

        Raises ValueError, which names what is missing or of another size, and what the readers of
        the files raise.
        """
        with torch.device("meta"):
            weights = cls(Shape.read(folder))
        wanted, found = weights.state_dict(), dict[str, torch.Tensor]()
        for name, tensor in _stored(folder):
            own = TOKENS if name == SCORES else name.removeprefix(PREFIX)
            if own not in wanted or own in found:
                continue
            if tensor.shape != wanted[own].shape:
                sizes = f"{list(tensor.shape)}, by config.json {list(wanted[own].shape)}"
                raise ValueError(f"{name} has the sizes {sizes}")
            found[own] = tensor.to(device, precision)
        if missing := wanted.keys() - found.keys():
            raise ValueError(
                f"{len(missing)} of {len(wanted)} weights are missing: {min(missing)} …"
            )
        weights.load_state_dict(found, assign=True)
        return weights.requires_grad_(requires_grad=False).eval()

    @property
    def device(self) -> torch.device:
        """Return where the weights are."""
        return self.decoder.embed_tokens.weight.device

    @property
    def dtype(self) -> torch.dtype:
        """Return the type of their numbers."""
        return self.decoder.embed_tokens.weight.dtype


def _stored(folder: Path) -> Iterator[tuple[str, torch.Tensor]]:
    """Read the tensors of a folder, one after the other; see configured_files.WEIGHTS."""
    whole, index = folder / "model.safetensors", folder / "model.safetensors.index.json"
    if whole.is_file():
        files = [whole]
    elif index.is_file():
        names = json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()
        files = [folder / name for name in sorted(set(names))]
    else:
        file = folder / "pytorch_model.bin"
        yield from torch.load(file, map_location="cpu", weights_only=True).items()
        return
    for file in files:
        with safe_open(file, framework="pt") as tensors:
            for name in tensors.keys():  # noqa: SIM118 - it is no dictionary
                yield name, tensors.get_tensor(name)
