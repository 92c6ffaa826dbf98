"""Brings speech to the loudness of its neighbours in a feed.

Loudness and true peak as ITU-R BS.1770-4 and EBU R 128 define them, at 48 kHz.
"""

from collections.abc import Iterator
from functools import cache

import numpy as np
import numpy.typing as npt

from pipeline.core.arrays import F32
from pipeline.core.control import Control
from pipeline.media.clip_audio import RATE

TARGET_LUFS = -14.0
CEILING_DBTP = -1.5  # half a decibel below the promise, for AAC overshoots
CEILING = 10 ** (CEILING_DBTP / 20)
MAX_GAIN_DB = 40.0  # a whisper is raised, a silent track's hiss is not
TOLERANCE_LU = 0.2
ROUNDS = 3  # of gain and limiting; limiting makes quieter
BLOCK_S, STEP_S = 0.4, 0.1
GATE_LUFS, RELATIVE_GATE_LU = -70.0, -10.0
OFFSET = -0.691  # so that a 1 kHz sine at 0 dBFS in one channel reads -3.01 LUFS
# b0 b1 b2 a1 a2: the head's shelf, then the low cut of the K weighting
STAGES = (
    (1.53512485958697, -2.69169618940638, 1.19839281085285, -1.69065929318241, 0.73248077421585),
    (1.0, -2.0, 1.0, -1.99004745483398, 0.99007225036621),
)
OVERSAMPLING = 4
TAPS = 12  # a phase
LOOKAHEAD = 240  # samples: 5 ms
SPECTRUM = 1 << 18  # samples that are filtered at a time
RINGING = RATE // 4  # samples: the low cut rings for less
LIMITER_BLOCK = 1 << 16  # samples that are limited at a time
UNWATCHED = Control()


def normalise(sound: F32, control: Control = UNWATCHED) -> F32:
    """Stereo of shape (2, n) at RATE brought to TARGET_LUFS and under CEILING_DBTP.

    Silence is returned as it is. Raises Canceled.
    """
    level = integrated(sound, control)
    if level <= GATE_LUFS:
        return sound
    envelope = _envelope(sound, control)
    gain = TARGET_LUFS - level
    for _ in range(ROUNDS):
        gain = min(gain, MAX_GAIN_DB)
        factor = np.float32(10 ** (gain / 20))
        if float(envelope.max()) * factor <= CEILING:
            return sound * factor  # as expected to the last bit: nothing to measure again
        out = _bent(sound * factor, envelope * factor, control)
        missing = TARGET_LUFS - integrated(out, control)
        if abs(missing) <= TOLERANCE_LU or gain >= MAX_GAIN_DB:
            break
        gain += missing
    return out


def integrated(sound: F32, control: Control = UNWATCHED) -> float:
    """Integrated loudness of (channels, n) in LUFS; GATE_LUFS when nothing passes the gate."""
    block, step = round(BLOCK_S * RATE), round(STEP_S * RATE)
    total = np.zeros(sound.shape[1] + 1)  # power from the start to before each sample
    for at, weighted in _weighted(sound, control):
        power = np.einsum("ij,ij->j", weighted, weighted)
        part = total[at + 1 : at + 1 + len(power)]
        np.cumsum(power, dtype=np.float64, out=part)
        part += total[at]
    starts = np.arange(0, max(1, sound.shape[1] - block + 1), step)
    ends = np.minimum(starts + block, sound.shape[1])
    means = (total[ends] - total[starts]) / np.maximum(1, ends - starts)
    means = means[_lufs(means) > GATE_LUFS]
    if not len(means):
        return GATE_LUFS
    threshold = float(_lufs(means.mean())) + RELATIVE_GATE_LU
    return float(_lufs(means[_lufs(means) > threshold].mean()))


def true_peak(sound: F32) -> float:
    """The highest level between the samples of (channels, n), dBTP."""
    return float(20 * np.log10(max(1e-10, float(_envelope(sound).max(initial=0.0)))))


def limit(sound: F32) -> F32:
    """(channels, n) with every true peak under CEILING_DBTP; the gain bends, it does not clip."""
    return _bent(sound, _envelope(sound))


def _bent(sound: F32, envelope: npt.NDArray[np.float32], control: Control = UNWATCHED) -> F32:
    """`sound` with a gain that looks ahead and keeps `envelope`, shape (n,), under the ceiling."""
    if float(envelope.max(initial=0.0)) <= CEILING:
        return sound
    out, padded = sound.copy(), np.pad(envelope, LOOKAHEAD)
    for at in range(0, len(envelope), LIMITER_BLOCK):
        control.check()
        near = padded[at : at + LIMITER_BLOCK + 2 * LOOKAHEAD]
        if float(near.max()) > CEILING:
            out[:, at : at + LIMITER_BLOCK] *= _gain(near)
    return out


def _gain(envelope: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The smooth gain of all but the first and last LOOKAHEAD samples of `envelope`."""
    gain = np.minimum(1.0, CEILING / np.maximum(envelope, np.float32(1e-9)))
    window = LOOKAHEAD + 1
    lowest = _sliding_min(gain, window)  # each over the window after it
    total = np.cumsum(np.concatenate([[0.0], lowest]), dtype=np.float64)
    return np.asarray((total[window:] - total[:-window]) / window, dtype=np.float32)


def _lufs(power: npt.ArrayLike) -> npt.NDArray[np.float64]:
    return np.asarray(OFFSET + 10 * np.log10(np.maximum(np.asarray(power, np.float64), 1e-12)))


def _weighted(sound: F32, control: Control) -> Iterator[tuple[int, F32]]:
    """(first sample, K-weighted samples) piece by piece, by products of spectra."""
    hop = SPECTRUM - RINGING
    for at in range(0, sound.shape[1], hop):
        control.check()
        first = max(0, at - RINGING)  # what came before still rings
        piece = sound[:, first : at + hop]
        spectra = np.fft.rfft(piece, SPECTRUM) * _response()
        weighted = np.asarray(np.fft.irfft(spectra, SPECTRUM), dtype=np.float32)
        yield at, weighted[:, at - first : piece.shape[1]]


@cache
def _response() -> npt.NDArray[np.complex64]:
    """What the stages do to each frequency of SPECTRUM."""
    angle = np.exp(-2j * np.pi * np.arange(SPECTRUM // 2 + 1) / SPECTRUM)
    response = np.ones(SPECTRUM // 2 + 1, dtype=np.complex128)
    for b0, b1, b2, a1, a2 in STAGES:
        response *= (b0 + b1 * angle + b2 * angle**2) / (1 + a1 * angle + a2 * angle**2)
    return response.astype(np.complex64)  # numpy transforms float32 as float32


def _envelope(sound: F32, control: Control = UNWATCHED) -> npt.NDArray[np.float32]:
    """The largest magnitude from each sample back to the one before, any channel: shape (n,)."""
    peak = np.abs(sound).max(axis=0)
    if np.array_equal(sound[0], sound[-1]):
        sound = sound[:1]  # a voice on both ears is measured once
    for at in range(0, len(peak), LIMITER_BLOCK):
        control.check()
        first = max(0, at - TAPS)  # the kernels reach so far to both sides
        piece, out = sound[:, first : at + LIMITER_BLOCK + TAPS], peak[at : at + LIMITER_BLOCK]
        for kernel in _phases():
            for row in piece:
                between = np.convolve(row, kernel)[TAPS:]
                between = between[at - first : at - first + len(out)]
                np.maximum(out, np.abs(between), out=out)
    return np.asarray(peak)


def _phases() -> list[npt.NDArray[np.float32]]:
    """Windowed sinc kernels that give the values 1/4, 2/4 and 3/4 before each sample."""
    taps = np.arange(2 * TAPS + 1) - TAPS
    kernels = []
    for phase in range(1, OVERSAMPLING):
        at = taps - phase / OVERSAMPLING
        kernel = np.sinc(at) * np.cos(np.pi * at / (2 * TAPS + 2)) ** 2
        kernels.append((kernel / kernel.sum()).astype(np.float32))
    return kernels


def _sliding_min(values: npt.NDArray[np.float32], width: int) -> npt.NDArray[np.float32]:
    """Minimum of each window of `width`, shape (n - width + 1,), by doubling."""
    out, have = values, 1
    while have < width:
        shift = min(have, width - have)
        out = np.minimum(out[:-shift], out[shift:])
        have += shift
    return out
