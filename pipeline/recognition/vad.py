"""Voice activity detection: speech probabilities from silero-vad, turned into spans.

The network is silero-vad 6 at 16 kHz (MIT), reimplemented over the weights that its package ships,
because the shipped script processes one 32 ms chunk at a time. Everything before the recurrent
layer is stateless, so it runs over thousands of chunks at once; the recurrence is one LSTM call.

The recurrence remembers, and may go deaf by it: after eleven seconds of one voice in an echoing
room it hears none of the next three. Long pauses are therefore judged again by states that begin
anew every eight seconds, and the higher probability counts there.
"""

import math
import threading
from collections.abc import Iterable, Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional as F

from pipeline.core.control import Check, Control
from pipeline.core.data import SAMPLE_RATE, Audio, Span
from pipeline.core.memory import release_pages
from pipeline.core.parallel import map_in_threads
from pipeline.recognition.levels import CHUNK_SAMPLES, gains

CONTEXT = 64  # samples of the previous chunk that the network sees with each chunk
CHUNK_S = CHUNK_SAMPLES / SAMPLE_RATE
WARM_UP_CHUNKS = 128  # 4 s before a range, so that the network has settled when it starts
CHUNKS_AT_ONCE = 1024  # chunks (33 s) computed at once: bounds memory
FRESH_CHUNKS = 256  # (8.2 s) after which the second judgment begins anew; divides CHUNKS_AT_ONCE
MIN_PAUSE_S = 2.0  # shortest pause that is judged again

SPEECH_START = 0.5  # probability at which speech starts
SPEECH_END = 0.35  # probability below which speech ends
MIN_SPEECH_S = 0.2  # a shorter sound between pauses of ISOLATION_S is a click
ISOLATION_S = 0.25  # sounds separated by shorter pauses count as one
MIN_SILENCE_S = 0.16  # a shorter pause does not end a span
PAD_S = 0.4  # sound kept before and after: soft consonants survive, and pauses sound natural

Probabilities = npt.NDArray[np.float32]


class VoiceActivity(nn.Module):
    """Computes the speech probability of each chunk; holds no state between calls."""

    def __init__(self) -> None:
        super().__init__()
        self.stft_conv = nn.Conv1d(1, 258, 256, stride=128, bias=False)
        self.conv1 = nn.Conv1d(129, 128, 3, padding=1)
        self.conv2 = nn.Conv1d(128, 64, 3, stride=2, padding=1)
        self.conv3 = nn.Conv1d(64, 64, 3, stride=2, padding=1)
        self.conv4 = nn.Conv1d(64, 128, 3, padding=1)
        self.lstm = nn.LSTM(128, 128)
        self.final_conv = nn.Conv1d(128, 1, 1)

    def load(self, state: dict[str, torch.Tensor]) -> "VoiceActivity":
        """Load the package's tensors, whose recurrent cell has no layer number."""
        names = {k: k.replace("lstm_cell.", "lstm.") + "_l0" * ("lstm_cell" in k) for k in state}
        self.load_state_dict({names[k]: v for k, v in state.items()})
        return self.eval()

    @torch.inference_mode()
    def features(self, chunks: torch.Tensor) -> torch.Tensor:
        """Return what the recurrence reads (n, 128) of chunks (n, CONTEXT + CHUNK_SAMPLES)."""
        x = F.pad(chunks, (0, 64), mode="reflect").unsqueeze(1)
        real, imaginary = self.stft_conv(x).chunk(2, dim=1)
        x = (real.square() + imaginary.square()).sqrt()
        for layer in (self.conv1, self.conv2, self.conv3, self.conv4):
            x = layer(x).relu()
        found: torch.Tensor = x.squeeze(-1)
        return found

    @torch.inference_mode()
    def forward(
        self, features: torch.Tensor, state: tuple[torch.Tensor, torch.Tensor] | None
    ) -> tuple[torch.Tensor, tuple[torch.Tensor, torch.Tensor]]:
        """Return probabilities (n, b) of b sequences of features (n, b, 128), and their states."""
        hidden, state = self.lstm(features, state)
        logits = self.final_conv(hidden.flatten(0, 1).relu().unsqueeze(-1))
        assert state is not None
        return logits.sigmoid().view(hidden.shape[:2]), state


def probabilities(
    audio: Audio, network: VoiceActivity, control: Control, *, within: Span | None = None
) -> Probabilities:
    """Return the speech probability of each 32 ms chunk, shape (n,); 0 outside `within`."""
    total = -(-len(audio.samples) // CHUNK_SAMPLES)
    found, fresh = np.zeros((2, total), np.float32)
    begin, end = _chunks(within, total)
    threads = torch.get_num_threads()
    bounds = np.linspace(
        begin, end, 1 + max(1, min(threads, (end - begin) // CHUNKS_AT_ONCE))
    ).astype(int)
    done = 0
    lock = threading.Lock()

    def detect(part: tuple[int, int], check: Check) -> npt.NDArray[np.float32]:
        nonlocal done
        blocks = []
        for block in _blocks(audio, network, *part):
            check()
            with lock:  # reported progress never decreases
                done += block.shape[1]
                control.report("speech", done / max(1, end - begin))
            blocks.append(block)
        return np.concatenate([np.zeros((2, 0), np.float32), *blocks], axis=1)

    control.report("speech", 0.0)
    parts = list(pairwise(bounds.tolist()))
    results = map_in_threads(detect, parts, threads=threads, check=control.check)
    for (first, last), part in zip(parts, results, strict=True):
        found[first:last], fresh[first:last] = part
    for first, last in _pauses(found):
        found[first:last] = np.maximum(found[first:last], fresh[first:last])
    release_pages(audio.samples)
    control.report("speech", 1.0)
    return found


def _blocks(
    audio: Audio, network: VoiceActivity, begin: int, end: int
) -> Iterator[npt.NDArray[np.float32]]:
    """Yield the probabilities (2, n) of chunks begin..end-1 in blocks, after a warm-up before them.

    The first row remembers all chunks before, the second only the last few seconds.
    """
    state = None
    warm = max(0, begin - WARM_UP_CHUNKS)
    before = torch.zeros(0, 128)
    for first in range(warm, end, CHUNKS_AT_ONCE):
        last = min(end, first + CHUNKS_AT_ONCE)
        features = network.features(_samples(audio, first, last))
        part, state = network(features.unsqueeze(1), state)
        fresh = _fresh(network, torch.cat([before, features]), len(features))
        before = features[-WARM_UP_CHUNKS:]
        yield torch.stack([part.flatten(), fresh]).numpy()[:, max(0, begin - first) :]


def _samples(audio: Audio, first: int, last: int) -> torch.Tensor:
    """Return chunks first..last-1 at an even level, (n, CONTEXT + CHUNK_SAMPLES)."""
    start = first * CHUNK_SAMPLES - CONTEXT
    block = np.zeros((last - first) * CHUNK_SAMPLES + CONTEXT, np.float32)
    piece = audio.samples[max(0, start) : last * CHUNK_SAMPLES].astype(np.float32) / 32768.0
    offset = max(0, -start)
    block[offset : offset + len(piece)] = piece
    factors = gains(audio, first, last)
    block[CONTEXT:] *= factors.repeat(CHUNK_SAMPLES)
    block[:CONTEXT] *= factors[0]
    return torch.from_numpy(block).unfold(0, CONTEXT + CHUNK_SAMPLES, CHUNK_SAMPLES)


def _fresh(network: VoiceActivity, features: torch.Tensor, count: int) -> torch.Tensor:
    """Return the probabilities (count,) of the last chunks by states that begin every few seconds.

    Each state hears WARM_UP_CHUNKS first; where `features` begins, there may be none before.
    """
    parts = -(-count // FRESH_CHUNKS)
    missing = WARM_UP_CHUNKS + count - len(features)
    padded = F.pad(features, (0, 0, missing, parts * FRESH_CHUNKS - count))
    runs = padded.unfold(0, WARM_UP_CHUNKS + FRESH_CHUNKS, FRESH_CHUNKS).permute(2, 0, 1)
    found, _ = network(runs.contiguous(), None)
    fresh: torch.Tensor = found[WARM_UP_CHUNKS:].T.flatten()[:count]
    return fresh


def _pauses(probability: Probabilities) -> Iterator[tuple[int, int]]:
    """Yield the first and last (exclusive) chunk of each long stretch without speech."""
    edges_s = [e for s in find_speech(probability) for e in (s.start_s, s.end_s)]
    edges_s = [0.0, *edges_s, len(probability) * CHUNK_S]
    for start_s, end_s in zip(edges_s[::2], edges_s[1::2], strict=True):
        if end_s - start_s >= MIN_PAUSE_S:
            yield math.ceil(start_s / CHUNK_S), int(end_s / CHUNK_S)


def _chunks(within: Span | None, total: int) -> tuple[int, int]:
    """Return the first and last (exclusive) chunk of a span."""
    if within is None:
        return 0, total
    return min(total, int(within.start_s / CHUNK_S)), min(total, math.ceil(within.end_s / CHUNK_S))


def find_speech(probability: Probabilities) -> tuple[Span, ...]:
    """Return the spans with speech, ascending; spans around a short pause meet in its middle."""
    raw = list(_raw_spans(probability))
    talk = [s for s in _merge_close(raw, ISOLATION_S) if s.duration_s >= MIN_SPEECH_S]
    spans = [s for s in _merge_close(raw, MIN_SILENCE_S) if any(_within(s, t) for t in talk)]
    if not spans:
        return ()
    end_s = len(probability) * CHUNK_S
    gaps_s = [b.start_s - a.end_s for a, b in pairwise(spans)]
    before_s = [spans[0].start_s, *(gap / 2 for gap in gaps_s)]
    after_s = [*(gap / 2 for gap in gaps_s), end_s - spans[-1].end_s]
    return tuple(
        Span(start_s=s.start_s - min(PAD_S, before), end_s=s.end_s + min(PAD_S, after))
        for s, before, after in zip(spans, before_s, after_s, strict=True)
    )


def _within(inner: Span, outer: Span) -> bool:
    return outer.start_s <= inner.start_s and inner.end_s <= outer.end_s


def speech_seconds(probability: Probabilities) -> float:
    """Return the seconds of speech, without padding."""
    return float(np.count_nonzero(probability >= SPEECH_START)) * CHUNK_S


def _raw_spans(probability: Probabilities) -> Iterator[Span]:
    """Yield runs from SPEECH_START until the probability falls below SPEECH_END."""
    start: int | None = None
    for i, p in enumerate(probability):
        if start is None and p >= SPEECH_START:
            start = i
        elif start is not None and p < SPEECH_END:
            yield Span(start_s=start * CHUNK_S, end_s=i * CHUNK_S)
            start = None
    if start is not None:
        yield Span(start_s=start * CHUNK_S, end_s=len(probability) * CHUNK_S)


def _merge_close(spans: Iterable[Span], gap_s: float) -> list[Span]:
    """Merge neighbors that are at most `gap_s` apart."""
    joined: list[Span] = []
    for span in spans:
        if joined and span.start_s - joined[-1].end_s <= gap_s:
            joined[-1] = Span(start_s=joined[-1].start_s, end_s=span.end_s)
        else:
            joined.append(span)
    return joined
