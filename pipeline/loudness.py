"""Brings speech to the loudness of its neighbours in a feed. Knows nothing of files.

Loudness and true peak as ITU-R BS.1770-4 and EBU R 128 define them, at 48 kHz.
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

RATE = 48_000  # Hz; the filters below are given for it
TARGET_LUFS = -14.0
CEILING_DBTP = -1.5  # half a decibel below the promise, for AAC overshoots
MAX_GAIN_DB = 40.0  # a whisper is raised, a silent track's hiss is not
TOLERANCE_LU = 0.2
ROUNDS = 4  # of gain and limiting; limiting makes quieter
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
    wanted, out = 0.0, sound
    for _ in range(ROUNDS):
        level = integrated(out)
        if level <= GATE_LUFS:
            return out
        wanted += TARGET_LUFS - level
        if abs(TARGET_LUFS - level) > TOLERANCE_LU or out is sound:
            wanted = min(wanted, MAX_GAIN_DB)
            out = limit(sound * np.float32(10 ** (wanted / 20)))
        else:
            break
    return out


def integrated(sound: Floats) -> float:
    """Integrated loudness of (channels, n) in LUFS; GATE_LUFS when nothing passes the gate."""
    power = (_weighted(sound) ** 2).sum(axis=0)
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
    ceiling = 10 ** (CEILING_DBTP / 20)
    envelope = _envelope(sound)
    if float(envelope.max(initial=0.0)) <= ceiling:
        return sound
    gain = np.minimum(1.0, ceiling / np.maximum(envelope, 1e-9))
    padded = np.pad(gain, LOOKAHEAD, constant_values=1.0)
    lowest = _sliding_min(padded, LOOKAHEAD + 1)  # n + LOOKAHEAD values, each over the window after
    smooth = np.cumsum(np.concatenate([[0.0], lowest]))
    window = LOOKAHEAD + 1
    smooth = (smooth[window:] - smooth[:-window]) / window
    return np.asarray(sound * smooth.astype(np.float32), dtype=np.float32)


def _lufs(power: npt.ArrayLike) -> npt.NDArray[np.float64]:
    return np.asarray(OFFSET + 10 * np.log10(np.maximum(np.asarray(power, np.float64), 1e-12)))


def _weighted(sound: Floats) -> npt.NDArray[np.float64]:
    """K-weighted samples: the two filters applied as one product of spectra."""
    n = sound.shape[1]
    size = 1 << (n + RATE // 4 - 1).bit_length()  # the low cut rings for less than 0.25 s
    angle = np.exp(-2j * np.pi * np.arange(size // 2 + 1) / size)
    response = np.ones(size // 2 + 1, dtype=np.complex128)
    for b0, b1, b2, a1, a2 in STAGES:
        response *= (b0 + b1 * angle + b2 * angle**2) / (1 + a1 * angle + a2 * angle**2)
    rows = [np.fft.irfft(np.fft.rfft(row, size) * response, size)[:n] for row in sound]
    return np.stack(rows)


def _envelope(sound: Floats) -> npt.NDArray[np.float64]:
    """The largest magnitude from each sample back to the one before, any channel: shape (n,)."""
    peak = np.abs(sound).max(axis=0).astype(np.float64)
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


def _sliding_min(values: npt.NDArray[np.float64], width: int) -> npt.NDArray[np.float64]:
    """Minimum of each window of `width`, shape (n - width + 1,), by doubling."""
    out, have = values, 1
    while have < width:
        shift = min(have, width - have)
        out = np.minimum(out[:-shift], out[shift:])
        have += shift
    return out
