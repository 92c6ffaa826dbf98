"""Normalizes speech to the usual loudness of social feeds.

Loudness and true peak follow ITU-R BS.1770-4 and EBU R 128, at 48 kHz.
"""

from collections.abc import Iterator
from functools import cache

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from pipeline.core.arrays import F32
from pipeline.core.control import Control
from pipeline.media.clip_audio import RATE

TARGET_LUFS = -14.0
CEILING_DBTP = -1.5  # half a decibel below the documented peak, because AAC overshoots
CEILING = 10 ** (CEILING_DBTP / 20)
MAX_GAIN_DB = 40.0  # enough for a whisper, too little for a silent track's hiss
TOLERANCE_LU = 0.2
MAX_ROUNDS = 3  # rounds of gain and limiting, because limiting lowers the loudness
BLOCK_S, STEP_S = 0.4, 0.1
GATE_LUFS, RELATIVE_GATE_LU = -70.0, -10.0
LOUDNESS_OFFSET_LU = -0.691  # a 1 kHz sine at 0 dBFS in one channel then reads -3.01 LUFS
# b0 b1 b2 a1 a2: the shelf filter for the head, then the high-pass filter of the K weighting
K_WEIGHTING_STAGES = (
    (1.53512485958697, -2.69169618940638, 1.19839281085285, -1.69065929318241, 0.73248077421585),
    (1.0, -2.0, 1.0, -1.99004745483398, 0.99007225036621),
)
OVERSAMPLING = 4
TAPS_PER_PHASE = 12
LOOKAHEAD_SAMPLES = 240  # 5 ms
FFT_SAMPLES = 1 << 18  # samples filtered at a time
RINGING_SAMPLES = RATE // 4  # the high-pass filter rings for less than this
LIMITER_BLOCK_SAMPLES = 1 << 16  # samples limited at a time
NO_CONTROL = Control()


def normalize(sound: F32, control: Control = NO_CONTROL) -> F32:
    """Bring stereo of shape (2, n) at RATE to TARGET_LUFS and below CEILING_DBTP.

    Silence is returned unchanged. Raises Canceled.
    """
    level = integrated_lufs(sound, control)
    if level <= GATE_LUFS:
        return sound
    envelope = _envelope(sound, control)
    gain = TARGET_LUFS - level
    for _ in range(MAX_ROUNDS):
        gain = min(gain, MAX_GAIN_DB)
        factor = np.float32(10 ** (gain / 20))
        if float(envelope.max()) * factor <= CEILING:
            return sound * factor  # exactly at the target: no need to measure again
        out = _apply_gain(sound * factor, envelope * factor, control)
        missing = TARGET_LUFS - integrated_lufs(out, control)
        if abs(missing) <= TOLERANCE_LU or gain >= MAX_GAIN_DB:
            break
        gain += missing
    return out


def integrated_lufs(sound: F32, control: Control = NO_CONTROL) -> float:
    """Return the integrated loudness of (channels, n), LUFS; GATE_LUFS if all blocks are gated."""
    block, step = round(BLOCK_S * RATE), round(STEP_S * RATE)
    channels = len(sound)
    sound = _distinct(sound)
    alike = channels // len(sound)  # channels per distinct channel
    total = np.zeros(sound.shape[1] + 1)  # cumulative power before each sample
    for at, weighted in _apply_k_weighting(sound, control):
        power = np.einsum("ij,ij->j", weighted, weighted) * np.float32(alike)
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
    """Return the highest level of (channels, n) including between samples, dBTP."""
    return float(20 * np.log10(max(1e-10, float(_envelope(sound).max(initial=0.0)))))


def limit(sound: F32) -> F32:
    """Keep every true peak of (channels, n) below CEILING_DBTP by a smooth gain, not clipping."""
    return _apply_gain(sound, _envelope(sound))


def _apply_gain(
    sound: F32, envelope: npt.NDArray[np.float32], control: Control = NO_CONTROL
) -> F32:
    """Apply a look-ahead gain that keeps `envelope`, shape (n,), below the ceiling."""
    if float(envelope.max(initial=0.0)) <= CEILING:
        return sound
    out, padded = sound.copy(), np.pad(envelope, LOOKAHEAD_SAMPLES)
    for at in range(0, len(envelope), LIMITER_BLOCK_SAMPLES):
        control.check()
        near = padded[at : at + LIMITER_BLOCK_SAMPLES + 2 * LOOKAHEAD_SAMPLES]
        if float(near.max()) > CEILING:
            out[:, at : at + LIMITER_BLOCK_SAMPLES] *= _gain(near)
    return out


def _gain(envelope: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return the smooth gain, for all but the first and last LOOKAHEAD_SAMPLES of `envelope`."""
    gain = np.minimum(1.0, CEILING / np.maximum(envelope, np.float32(1e-9)))
    window = LOOKAHEAD_SAMPLES + 1
    lowest = _sliding_min(gain, window)  # over the window after each sample
    total = np.cumsum(np.concatenate([[0.0], lowest]), dtype=np.float64)
    return np.asarray((total[window:] - total[:-window]) / window, dtype=np.float32)


def _lufs(power: npt.ArrayLike) -> npt.NDArray[np.float64]:
    return np.asarray(
        LOUDNESS_OFFSET_LU + 10 * np.log10(np.maximum(np.asarray(power, np.float64), 1e-12))
    )


def _apply_k_weighting(sound: F32, control: Control) -> Iterator[tuple[int, F32]]:
    """Yield (first sample, K-weighted samples) piece by piece, filtered in the frequency domain."""
    hop = FFT_SAMPLES - RINGING_SAMPLES
    for at in range(0, sound.shape[1], hop):
        control.check()
        first = max(0, at - RINGING_SAMPLES)  # earlier samples still ring
        piece = sound[:, first : at + hop]
        spectra = np.fft.rfft(piece, FFT_SAMPLES) * _response()
        weighted = np.asarray(np.fft.irfft(spectra, FFT_SAMPLES), dtype=np.float32)
        yield at, weighted[:, at - first : piece.shape[1]]


@cache
def _response() -> npt.NDArray[np.complex64]:
    """Return the frequency response of the K weighting at the frequencies of an FFT block."""
    angle = np.exp(-2j * np.pi * np.arange(FFT_SAMPLES // 2 + 1) / FFT_SAMPLES)
    response = np.ones(FFT_SAMPLES // 2 + 1, dtype=np.complex128)
    for b0, b1, b2, a1, a2 in K_WEIGHTING_STAGES:
        response *= (b0 + b1 * angle + b2 * angle**2) / (1 + a1 * angle + a2 * angle**2)
    return response.astype(np.complex64)  # numpy transforms float32 as float32


def _envelope(sound: F32, control: Control = NO_CONTROL) -> npt.NDArray[np.float32]:
    """Return the largest magnitude of any channel between each sample and the one before, (n,)."""
    peak = np.abs(sound).max(axis=0)
    kernels = _phases()
    padded = np.pad(_distinct(sound), ((0, 0), (TAPS_PER_PHASE, TAPS_PER_PHASE)))
    for at in range(0, len(peak), LIMITER_BLOCK_SAMPLES):
        control.check()
        out = torch.from_numpy(peak[at : at + LIMITER_BLOCK_SAMPLES])
        piece = padded[:, at : at + len(out) + 2 * TAPS_PER_PHASE]
        # four times as fast as numpy's convolution, which takes a product for each sample
        between = functional.conv1d(torch.from_numpy(piece)[:, None], kernels)
        torch.maximum(out, between.abs_().amax((0, 1)), out=out)
    return np.asarray(peak)


def _distinct(sound: F32) -> F32:
    """Return one channel where all are the same, so that it is measured once."""
    return sound[:1] if np.array_equal(sound[0], sound[-1]) else sound


@cache
def _phases() -> torch.Tensor:
    """Return windowed sinc kernels for the values 3/4, 2/4 and 1/4 after a sample, (3, 1, taps)."""
    taps = np.arange(2 * TAPS_PER_PHASE + 1) - TAPS_PER_PHASE
    kernels = []
    for phase in range(1, OVERSAMPLING):
        at = taps - phase / OVERSAMPLING
        kernel = np.sinc(at) * np.cos(np.pi * at / (2 * TAPS_PER_PHASE + 2)) ** 2
        kernels.append((kernel / kernel.sum())[::-1])  # torch correlates
    return torch.from_numpy(np.stack(kernels).astype(np.float32))[:, None]


def _sliding_min(values: npt.NDArray[np.float32], width: int) -> npt.NDArray[np.float32]:
    """Return the minimum of each window of `width`, shape (n - width + 1,), by doubling."""
    out, have = values, 1
    while have < width:
        shift = min(have, width - have)
        out = np.minimum(out[:-shift], out[shift:])
        have += shift
    return out
