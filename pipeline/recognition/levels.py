"""Even out the level of quiet stretches, so that detector and recognizer hear them.

Both were trained on speech of ordinary level. A speaker who is 40 dB quieter than another, or a
recording with little gain, is missed or misheard, though every word is in the samples.
"""

from collections.abc import Iterable

import numpy as np

from pipeline.core.arrays import F32
from pipeline.core.data import SAMPLE_RATE, Audio, Span

CHUNK_SAMPLES = 512  # one gain, and one probability of speech, each 32 ms
AROUND_CHUNKS = 24  # on either side (0.77 s) whose loudest chunk determines the gain
LOUD_ENOUGH = 0.02  # root mean square of full scale (−34 dB); what is louder stays as it is
LOUD_PERCENTILE, QUIET_PERCENTILE = 90.0, 5.0  # over chunks of speech and its short pauses
MAX_GAIN = 200.0  # 46 dB: beyond, 16-bit samples hold little but their own rounding


def gains(audio: Audio, first: int, end: int) -> F32:
    """Return the factors (n,) for the chunks first..end-1 of CHUNK_SAMPLES samples, 1 or more."""
    begin = max(0, first - AROUND_CHUNKS)
    until = min(-(-len(audio.samples) // CHUNK_SAMPLES), end + AROUND_CHUNKS)
    loudness = _loudness(audio, begin, until)
    padded = np.pad(loudness, AROUND_CHUNKS)
    loudest = np.lib.stride_tricks.sliding_window_view(padded, 2 * AROUND_CHUNKS + 1).max(-1)
    found = np.clip(LOUD_ENOUGH / np.maximum(loudest, 1e-9), 1.0, MAX_GAIN).astype(np.float32)
    part: F32 = found[first - begin : first - begin + end - first]
    return part


def range_db(audio: Audio, spans: Iterable[Span]) -> float:
    """Return by how many dB the loud chunks within the spans, at least one, exceed the quiet.

    Speech without noise has 26 dB and more between syllables and short pauses; noise fills these.
    """
    chunk_s = CHUNK_SAMPLES / SAMPLE_RATE
    parts = [_loudness(audio, int(s.start_s / chunk_s), int(s.end_s / chunk_s) + 1) for s in spans]
    loud, quiet = np.percentile(np.concatenate(parts), (LOUD_PERCENTILE, QUIET_PERCENTILE))
    return float(20.0 * np.log10(max(loud, 1e-6) / max(quiet, 1e-6)))


def _loudness(audio: Audio, begin: int, until: int) -> F32:
    """Return the root mean square of each chunk."""
    samples = audio.samples[begin * CHUNK_SAMPLES : until * CHUNK_SAMPLES].astype(np.float32)
    samples = np.pad(samples, (0, (until - begin) * CHUNK_SAMPLES - len(samples)))
    chunks = samples.reshape(-1, CHUNK_SAMPLES) / 32768.0
    loudness: F32 = np.sqrt(np.square(chunks).mean(-1))
    return loudness
