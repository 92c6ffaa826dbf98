"""The outline of a sound, as players draw it: the peak of each tenth of a second."""

import numpy as np

from pipeline.core.data import SAMPLE_RATE, Audio

PEAKS_PER_S = 10
LOUDEST = 255  # the peak of full scale
_STEP = SAMPLE_RATE // PEAKS_PER_S
_BLOCK = 600  # peaks computed at once, so that a file-backed sound is read a minute at a time


def peaks(sound: Audio) -> bytes:
    """Return the peaks, a byte each: 0 is silence, LOUDEST is full scale; the last may be short."""
    found = bytearray()
    for start in range(0, len(sound.samples), _BLOCK * _STEP):
        block = sound.samples[start : start + _BLOCK * _STEP].astype(np.int32)
        block = np.abs(np.pad(block, (0, -len(block) % _STEP))).reshape(-1, _STEP).max(axis=1)
        found += (block * LOUDEST // 32768).astype(np.uint8).tobytes()
    return bytes(found)


def together(found: bytes, count: int) -> int:
    """Return how many neighboring peaks become one, so that there are at most `count`."""
    return max(1, -(-len(found) // count))


def thin_out(found: bytes, count: int) -> tuple[int, ...]:
    """Return at most `count` peaks, each the highest of as many neighbors."""
    if not found:
        return ()
    step = together(found, count)
    padded = np.pad(np.frombuffer(found, np.uint8), (0, -len(found) % step))
    return tuple(int(peak) for peak in padded.reshape(-1, step).max(axis=1))
