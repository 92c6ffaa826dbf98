"""A Whisper network of given shapes with random weights: its speed is that of trained ones.

Nothing is downloaded. The texts mean nothing, so a fixed number of tokens is decoded.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from pipeline.models import checkpoints
from pipeline.models.registry import default_cache_dir
from pipeline.recognition import whisper_weights
from pipeline.recognition.tokenizer import Vocabulary
from pipeline.recognition.whisper import DecoderState, Whisper
from pipeline.recognition.whisper_weights import WhisperWeights


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The sizes of a checkpoint."""

    name: str
    tokens: int
    mel_bins: int
    width: int
    heads: int
    encoder_layers: int
    decoder_layers: int


LARGE_V3_TURBO = Shape(
    name="large-v3-turbo",
    tokens=51_866,
    mel_bins=128,
    width=1280,
    heads=20,
    encoder_layers=32,
    decoder_layers=4,
)


def build(shape: Shape, device: torch.device, precision: torch.dtype) -> Whisper:
    """Build the network on `device`; tokens are those of the project's own checkpoint."""
    sizes = whisper_weights.Shape(
        vocab_size=shape.tokens,
        num_mel_bins=shape.mel_bins,
        d_model=shape.width,
        encoder_layers=shape.encoder_layers,
        decoder_layers=shape.decoder_layers,
        encoder_attention_heads=shape.heads,
        decoder_attention_heads=shape.heads,
        encoder_ffn_dim=4 * shape.width,
        decoder_ffn_dim=4 * shape.width,
        max_target_positions=448,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        weights = WhisperWeights(sizes).requires_grad_(requires_grad=False)
        for parameter in weights.parameters():
            if parameter.dim() > 1:  # as a network begins its training: states neither grow nor die
                nn.init.normal_(parameter, std=0.02)
    folder = checkpoints.resolve("auto", checkpoints.WHISPER_BASE, default_cache_dir())
    vocabulary = Vocabulary.load(folder, _generation(folder))
    last = shape.decoder_layers - 1
    return Whisper(
        weights.to(device, precision),
        vocabulary,
        [[last, 0], [last, 1]],
        shape.name,
        eight_bits=False,
    )


def _generation(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "generation_config.json").read_text())
    return found


@torch.inference_mode()
def recognize(model: Whisper, windows: int, tokens: int) -> torch.Tensor:
    """Encode so many windows of noise and decode so many tokens of each, as recognition does.

    Return the scores after the last token (windows, vocabulary).
    """
    draw = torch.Generator().manual_seed(0)
    samples = 0.1 * torch.randn(windows, 480_000, generator=draw)
    states = model.encode(model.log_mel(samples.numpy()))
    memory = DecoderState(model, states)
    prompt = [model.vocabulary.start, *[model.vocabulary.transcribe] * 3]
    scores = memory.prompt(torch.tensor(prompt, device=model.device).expand(windows, -1))[:, -1]
    for _ in range(tokens):
        scores, _ = memory.step(scores.argmax(-1).unsqueeze(1))
    return scores
