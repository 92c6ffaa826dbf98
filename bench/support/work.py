"""Counts the work of a job where it is done, from the shapes of what is computed.

The counts are products of matrices and bytes that have to be read; what else a stage does (norms,
softmax, captions) is no part of a lower bound.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import numpy.typing as npt
import torch

from pipeline.recognition.vad import VoiceActivity
from pipeline.recognition.whisper import N_STATES, DecoderState, Whisper
from pipeline.recognition.whisper_encoder import MARGIN, ROWS, AudioEncoder
from pipeline.vision import face_detector


@dataclass(frozen=True, slots=True, kw_only=True)
class Searches:
    """Searches for faces in pictures of one size."""

    count: int
    picture: npt.NDArray[Any]  # one of them


@dataclass
class Work:
    """What a job computed."""

    encoder_flop: float = 0.0  # in the precision of the network
    encoder_int8_flop: float = 0.0
    decoder_flop: float = 0.0  # of keys and values of windows, and of steps
    decoder_bytes: float = 0.0  # of weights, keys and values, read at each step
    speech_flop: float = 0.0
    windows: int = 0
    steps: int = 0
    stage: str = ""  # the one that runs now
    searches: dict[tuple[str, tuple[int, ...]], Searches] = field(default_factory=dict)
    """Searches for faces, by stage and shape of the picture."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def encode(self, encoder: AudioEncoder, mel: torch.Tensor, sounding: int) -> None:
        """Count a call of the encoder: mel (b, bins, 3000)."""
        batch, bins = mel.shape[:2]
        width = encoder._conv1.out_channels
        count = sounding + MARGIN
        states = ROWS if mel.device.type != "cpu" or count >= ROWS else count
        layers = len(encoder._layers)
        products = 2 * states * width * width * layers
        eight_bits = 7 * products if encoder.eight_bits else 0  # query, key, value; feed-forward 1
        attention = 4 * states * ROWS * width * layers
        convolutions = 2 * 3 * width * (2 * states * bins + states * width)
        with self.lock:
            self.windows += batch
            self.encoder_int8_flop += batch * eight_bits
            self.encoder_flop += batch * (12 * products - eight_bits + attention + convolutions)

    def remember(self, model: Whisper, states: torch.Tensor) -> None:
        """Count the keys and values of windows, from states (b, 1500, width)."""
        width = states.shape[2]
        with self.lock:
            self.decoder_flop += 4 * states.shape[0] * N_STATES * width * width * len(model.layers)

    def step(self, state: DecoderState, tokens: torch.Tensor) -> None:
        """Count a step of the decoder with tokens (b, t)."""
        model = state._model
        width, layers = model.n_heads * model.head_size, len(model.layers)
        windows, rows = len(state._cross[0]), tokens.numel()
        weights = 14 * width * width * layers + model.n_tokens * width
        memory = 2 * width * layers * (windows * N_STATES + len(tokens) * state.position)
        size = model._embedding.element_size()
        with self.lock:
            self.steps += 1
            self.decoder_bytes += weights * model.weight_bytes + memory * size
            self.decoder_flop += 2 * rows * weights + 4 * rows * N_STATES * width * layers

    def recur(self, features: torch.Tensor) -> None:
        """Count the recurrence over features (n, b, 128), without the convolutions before it."""
        count, batch, width = features.shape
        with self.lock:
            self.speech_flop += 2 * count * batch * 4 * width * 2 * width

    def convolve(self, network: VoiceActivity, chunks: torch.Tensor) -> None:
        """Count the convolutions of the speech detector over chunks (n, samples)."""
        positions = {"stft_conv": 4, "conv1": 4, "conv2": 2, "conv3": 1, "conv4": 1}
        flop = sum(
            2 * count * getattr(network, name).weight.numel() for name, count in positions.items()
        )
        with self.lock:
            self.speech_flop += len(chunks) * flop

    def search(self, picture: npt.NDArray[Any]) -> None:
        """Count a search for faces in a picture (h, w, 3)."""
        with self.lock:
            key = self.stage, picture.shape
            before = self.searches.get(key)
            self.searches[key] = Searches(count=before.count + 1 if before else 1, picture=picture)


@contextmanager
def counted(work: Work) -> Iterator[None]:
    """Count everything that is computed within the context, in all threads."""
    encode, remember = AudioEncoder.__call__, DecoderState.__init__
    advance, convolve, recur = DecoderState._advance, VoiceActivity.features, VoiceActivity.forward
    search = face_detector.detect_with_landmarks

    def counted_encode(self: AudioEncoder, mel: torch.Tensor, *a: Any, **k: Any) -> torch.Tensor:
        work.encode(self, mel, k.get("sounding", ROWS))
        return encode(self, mel, *a, **k)

    def counted_remember(self: DecoderState, model: Whisper, states: torch.Tensor, *a: Any) -> None:
        work.remember(model, states)
        remember(self, model, states, *a)

    def counted_advance(self: DecoderState, tokens: torch.Tensor) -> torch.Tensor:
        work.step(self, tokens)
        return advance(self, tokens)

    def counted_convolve(self: VoiceActivity, chunks: torch.Tensor) -> torch.Tensor:
        work.convolve(self, chunks)
        return convolve(self, chunks)

    def counted_recur(self: VoiceActivity, features: torch.Tensor, state: Any) -> Any:
        work.recur(features)
        return recur(self, features, state)

    def counted_search(picture: npt.NDArray[Any]) -> Any:
        work.search(picture)
        return search(picture)

    replaced: tuple[tuple[object, str, Callable[..., Any]], ...] = (
        (AudioEncoder, "__call__", counted_encode),
        (DecoderState, "__init__", counted_remember),
        (DecoderState, "_advance", counted_advance),
        (VoiceActivity, "features", counted_convolve),
        (VoiceActivity, "forward", counted_recur),
        (face_detector, "detect_with_landmarks", counted_search),
    )
    with ExitStack() as stack:
        for owner, name, function in replaced:
            stack.enter_context(mock.patch.object(owner, name, function))
        yield
