"""Recognition on a card: the same as on the processor, and how fast."""

from collections.abc import Iterator

import numpy as np
import torch

import pipeline
from bench.gpu.checks import Missing, Row, measured
from pipeline.core.control import Control
from pipeline.core.data import Audio
from pipeline.core.errors import ModelUnavailable
from pipeline.models.registry import ModelConfig, Models

MAX_EMBEDDING_DISTANCE = 0.01  # cosine, float16 against float32
LARGE = "whisper-large-v3-turbo"
SPEED_S = 600.0  # length of the sound that the real-time factor is measured on
SENTENCES = ["A loaf of bread.", "Nobody came."]


def load(device: torch.device) -> tuple[Models, Models]:
    """Load the same networks on the processor, in float32, and as the product does on a card."""
    precision = "float16" if device.type == "cuda" else "float32"
    both = []
    for name, kind in (("cpu", "float32"), (str(device), precision)):
        config = ModelConfig(device=name, precision=kind, whisper="whisper-base")
        both.append(models := pipeline.load_models(config))
        models.warm()
        models.warm_optional()
    cpu, card = both
    return cpu, card


def embeddings(both: tuple[Models, Models]) -> Iterator[Row]:
    """Compare the sentence encoder's vectors."""
    cpu, card = (models.text_encoder(SENTENCES) for models in both)
    distance = float((1 - (cpu * card).sum(1)).max())
    agrees = distance < MAX_EMBEDDING_DISTANCE
    yield {"check": "embeddings, cosine distance", "card": distance, "agrees": agrees}


def words(both: tuple[Models, Models], sound: Audio) -> Iterator[Row]:
    """Compare the words of the sample."""
    cpu, card = (_hear(models, sound) for models in both)
    counts = {"cpu": len(cpu), "card": len(card)}
    yield {"check": "words of the sample", **counts, "agrees": cpu == card}


def speed(models: Models, name: str, sound: Audio) -> Iterator[Row]:
    """Time Whisper on the card, with speech detection and word times."""
    times = -(-round(SPEED_S * 16_000) // len(sound.samples))
    long = Audio(samples=np.tile(sound.samples, times)[: round(SPEED_S * 16_000)])
    _hear(models, sound)  # loads kernels
    took_s, peak_mib = measured(lambda: _hear(models, long), models.device)
    check = f"recognition with {name}, {SPEED_S:.0f} s of sound, × real time"
    yield {"check": check, "card": SPEED_S / took_s, "peak MiB": peak_mib}


def default_speed(device: torch.device, sound: Audio) -> Iterator[Row]:
    """Time the checkpoint that a card has by default, if its weights can be had."""
    try:
        models = pipeline.load_models(ModelConfig(device=str(device), whisper=LARGE))
        models.warm()
    except ModelUnavailable as error:
        raise Missing(str(error)) from error
    yield from speed(models, LARGE, sound)


def _hear(models: Models, sound: Audio) -> list[str]:
    heard = pipeline.hear(sound, models=models, language=None, control=Control())
    return " ".join(w.text for w in heard.words).lower().split()
