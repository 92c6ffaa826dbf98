"""Brings speech to the loudness of its neighbours in a feed. Knows nothing of files.

Loudness and true peak as ITU-R BS.1770-4 and EBU R 128 define them, at 48 kHz.
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

RATE = 48_000  # Hz; the filters below are given for it
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


def normalise(sound: Floats) -> Floats:
    """Stereo of shape (2, n) at RATE brought to TARGET_LUFS and under CEILING_DBTP.

    Silence is returned as it is.
    """
    level = integrated(sound)
    if level <= GATE_LUFS:
        return sound
    envelope = _envelope(sound)
    gain = TARGET_LUFS - level
    for _ in range(ROUNDS):
        gain = min(gain, MAX_GAIN_DB)
        factor = np.float32(10 ** (gain / 20))
        if float(envelope.max()) * factor <= CEILING:
            return sound * factor  # as expected to the last bit: nothing to measure again
        out = _bent(sound * factor, envelope * factor)
        missing = TARGET_LUFS - integrated(out)
        if abs(missing) <= TOLERANCE_LU or gain >= MAX_GAIN_DB:
            break
        gain += missing
    return out


def integrated(sound: Floats) -> float:
    """Integrated loudness of (channels, n) in LUFS; GATE_LUFS when nothing passes the gate."""
    power = (_weighted(sound) ** 2).sum(axis=0, dtype=np.float64)
    block, step = round(BLOCK_S * RATE), round(STEP_S * RATE)
    total = np.concatenate([[0.0], np.cumsum(power)])
    starts = np.arange(0, max(1, len(power) - block + 1), step)
    ends = np.minimum(starts + block, len(power))
    means = (total[ends] - total[starts]) / np.maximum(1, ends - starts)
    means = means[_lufs(means) > GATE_LUFS]
    if not len(means):
        return GATE_LUFS
    threshold = float(_lufs(means.mean())) + RELATIVE_GATE_LU
    return float(_lufs(means[_lufs(means) > threshold].mean()))


def true_peak(sound: Floats) -> float:
    """The highest level between the samples of (channels, n), dBTP."""
    return float(20 * np.log10(max(1e-10, float(_envelope(sound).max(initial=0.0)))))


def limit(sound: Floats) -> Floats:
    """(channels, n) with every true peak under CEILING_DBTP; the gain bends, it does not clip."""
    return _bent(sound, _envelope(sound))


def _bent(sound: Floats, envelope: npt.NDArray[np.float32]) -> Floats:
    """`sound` with a gain that looks ahead and keeps `envelope`, shape (n,), under the ceiling."""
    if float(envelope.max(initial=0.0)) <= CEILING:
        return sound
    gain = np.minimum(1.0, CEILING / np.maximum(envelope, np.float32(1e-9)))
    padded = np.pad(gain, LOOKAHEAD, constant_values=1.0)
    window = LOOKAHEAD + 1
    lowest = _sliding_min(padded, window)  # n + LOOKAHEAD values, each over the window after it
    total = np.cumsum(np.concatenate([[0.0], lowest]), dtype=np.float64)
    smooth = (total[window:] - total[:-window]) / window
    return np.asarray(sound * smooth.astype(np.float32), dtype=np.float32)


def _lufs(power: npt.ArrayLike) -> npt.NDArray[np.float64]:
    return np.asarray(OFFSET + 10 * np.log10(np.maximum(np.asarray(power, np.float64), 1e-12)))


def _weighted(sound: Floats) -> npt.NDArray[np.float32]:
    """K-weighted samples: the two filters applied as one product of spectra."""
    n = sound.shape[1]
    size = _fast_size(n + RATE // 4)  # the low cut rings for less than 0.25 s
    angle = np.exp(-2j * np.pi * np.arange(size // 2 + 1) / size)
    response = np.ones(size // 2 + 1, dtype=np.complex128)
    for b0, b1, b2, a1, a2 in STAGES:
        response *= (b0 + b1 * angle + b2 * angle**2) / (1 + a1 * angle + a2 * angle**2)
    response = response.astype(np.complex64)  # numpy transforms float32 as float32
    return np.stack([np.fft.irfft(np.fft.rfft(row, size) * response, size)[:n] for row in sound])


def _fast_size(least: int) -> int:
    """The smallest 2^k, 9/8, 5/4 or 3/2 of it, that is at least `least`."""
    half = 1 << (least - 1).bit_length() - 1
    return next(size for size in (half, half * 9 // 8, half * 5 // 4, half * 3 // 2, half * 2)
                if size >= least)  # fmt: skip


def _envelope(sound: Floats) -> npt.NDArray[np.float32]:
    """The largest magnitude from each sample back to the one before, any channel: shape (n,)."""
    peak = np.abs(sound).max(axis=0)
    if np.array_equal(sound[0], sound[-1]):
        sound = sound[:1]  # a voice on both ears is measured once
    for kernel in _phases():
        for row in sound:
            between = np.abs(np.convolve(row, kernel, mode="same")[: len(peak)])
            np.maximum(peak, between, out=peak)
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
