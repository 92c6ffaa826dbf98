"""Recognition on a card: the same as on the processor, and how fast."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch

import pipeline
from bench.gpu.meter import forget_peak, peak_mib, seconds
from bench.gpu.random_whisper import Shape, build, recognize
from bench.gpu.row import Row
from pipeline.core.control import Control
from pipeline.core.data import Audio
from pipeline.media.probing import probe
from pipeline.media.speech_audio import load_audio
from pipeline.models.registry import ModelConfig, Models
from pipeline.recognition.whisper import WINDOW_S

MAX_MEL_DIFFERENCE = 2e-2  # of a log-mel, whose values span about 2; float16 rounds to 1e-3
MAX_EMBEDDING_DISTANCE = 0.01  # cosine, float16 against float32
SPEED_S = 600.0  # of sound for the real-time factor
TOKENS = 100  # of a window: a little more than clear speech has
SENTENCES = ["A loaf of bread.", "Nobody came."]


@dataclass(frozen=True, slots=True)
class Both:
    """The same networks on the processor and on the card."""

    cpu: Models
    card: Models

    @classmethod
    def load(cls, device: torch.device) -> "Both":
        """Load Whisper base, float32 and the precision that the product has on `device`."""
        precision = "float16" if device.type == "cuda" else "float32"
        kinds = (("cpu", "float32"), (str(device), precision))
        configs = (ModelConfig(device=n, precision=p, whisper="whisper-base") for n, p in kinds)
        both = cls(*(pipeline.load_models(config) for config in configs))
        for models in (both.cpu, both.card):
            models.warm()
            models.warm_optional()
        return both


def sound_of(path: Path) -> Audio:
    """Decode the sound of a file."""
    with TemporaryDirectory() as folder:  # a mapped file stays readable after it is deleted
        return load_audio(probe(path), Path(folder), Control())


def networks(both: Both, sound: Audio) -> Iterator[Row]:
    """Compare what the networks compute of the same input."""
    window = np.zeros((1, WINDOW_S * 16_000), np.float32)
    piece = sound.slice(0.0, WINDOW_S)
    window[0, : len(piece)] = piece
    mels = [m.whisper.log_mel(window).float().cpu() for m in (both.cpu, both.card)]
    apart = float((mels[0] - mels[1]).abs().max())
    yield Row(check="log-mel, largest difference", card=apart, agrees=apart < MAX_MEL_DIFFERENCE)
    vectors = [m.text_encoder(SENTENCES) for m in (both.cpu, both.card)]
    distance = float((1 - (vectors[0] * vectors[1]).sum(1)).max())
    agrees = distance < MAX_EMBEDDING_DISTANCE
    yield Row(check="embeddings, cosine distance", card=distance, agrees=agrees)


def words(both: Both, sound: Audio) -> Iterator[Row]:
    """Compare the words of the sample."""
    texts = [_hear(models, sound) for models in (both.cpu, both.card)]
    yield Row(
        check="words of the sample",
        cpu=len(texts[0]),
        card=len(texts[1]),
        agrees=texts[0] == texts[1],
    )


def speed(models: Models, sound: Audio, sound_s: float = SPEED_S) -> Iterator[Row]:
    """Time Whisper base on the card, with speech detection and word times."""
    times = -(-round(sound_s * 16_000) // len(sound.samples))
    long = Audio(samples=np.tile(sound.samples, times)[: round(sound_s * 16_000)])
    forget_peak(models.device)
    took_s = seconds(lambda: _hear(models, long), models.device)
    yield Row(
        check=f"recognition with base, {sound_s:.0f} s of sound, × real time",
        card=sound_s / took_s,
        peak_mib=peak_mib(models.device),
    )


def shapes(
    shape: Shape, device: torch.device, batches: tuple[int, ...], tokens: int = TOKENS
) -> Iterator[Row]:
    """Time a network of random weights: encoder, keys and values, and `tokens` steps a window."""
    precision = torch.float16 if device.type == "cuda" else torch.float32
    model = build(shape, device, precision)
    recognize(model, 1, 1)  # loads kernels
    for windows in batches:
        forget_peak(device)
        try:
            took_s = seconds(partial(recognize, model, windows, tokens), device)
        except torch.OutOfMemoryError as error:
            yield Row(check=f"{shape.name}, {windows} windows", reason=str(error).split(".")[0])
            continue
        yield Row(
            check=f"{shape.name}, {windows} windows of {tokens} tokens, × real time",
            card=windows * WINDOW_S / took_s,
            peak_mib=peak_mib(device),
        )


def _hear(models: Models, sound: Audio) -> list[str]:
    heard = pipeline.hear(sound, models=models, language=None, control=Control())
    return " ".join(w.text for w in heard.words).lower().split()
