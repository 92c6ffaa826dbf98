"""Mel-frequency cepstra as the active-speaker model was trained on them.

Davis and Mermelstein 1980 (IEEE TASSP 28), with the constants of the package
python_speech_features: 25 ms windows every 10 ms, pre-emphasis, 26 bands, the log energy in place
of the first cepstrum, liftering.
"""

from functools import cache

import numpy as np
import numpy.typing as npt

from pipeline.core.arrays import F64
from pipeline.core.data import SAMPLE_RATE

WINDOW, HOP = SAMPLE_RATE // 40, SAMPLE_RATE // 100  # samples
CEPSTRA = 13
_BANDS, _FFT, _LIFTER, _EMPHASIS = 26, 512, 22, 0.97
_FLOOR = np.finfo(np.float64).eps


def mfcc(samples: npt.NDArray[np.int16]) -> npt.NDArray[np.float32]:
    """Compute cepstra (frames, CEPSTRA) of (n,) at SAMPLE_RATE, one frame every 10 ms.

    The last frame may be padded.
    """
    sound = samples.astype(np.float64)
    sound = np.append(sound[:1], sound[1:] - _EMPHASIS * sound[:-1])
    count = 1 + max(0, -(-(len(sound) - WINDOW) // HOP))
    sound = np.pad(sound, (0, max(0, (count - 1) * HOP + WINDOW - len(sound))))
    frames = np.lib.stride_tricks.sliding_window_view(sound, WINDOW)[::HOP][:count]
    power = np.square(np.abs(np.fft.rfft(frames, _FFT))) / _FFT
    energy = np.maximum(power.sum(1), _FLOOR)
    cepstra = np.log(np.maximum(power @ _filters().T, _FLOOR)) @ _cosines().T
    cepstra[:, 0] = np.log(energy)
    return cepstra.astype(np.float32)


@cache
def _filters() -> F64:
    """Return triangular filters on the mel scale over FFT bins, (_BANDS, _FFT // 2 + 1)."""
    top = 2595.0 * np.log10(1.0 + SAMPLE_RATE / 2 / 700.0)
    hz = 700.0 * (10.0 ** (np.linspace(0.0, top, _BANDS + 2) / 2595.0) - 1.0)
    low, peak, high = (
        np.floor((_FFT + 1) * hz / SAMPLE_RATE)[i : i + _BANDS, None] for i in range(3)
    )
    bins = np.arange(_FFT // 2 + 1)[None]
    rising = (bins - low) / np.maximum(peak - low, 1)
    falling = (high - bins) / np.maximum(high - peak, 1)
    inside = (bins >= low) & (bins < high)
    return np.where(inside, np.where(bins < peak, rising, falling), 0.0)


@cache
def _cosines() -> F64:
    """Return the orthonormal DCT-II multiplied by the lifter, (CEPSTRA, _BANDS)."""
    order, band = np.arange(CEPSTRA)[:, None], np.arange(_BANDS)[None]
    basis = np.sqrt(2.0 / _BANDS) * np.cos(np.pi * order * (2 * band + 1) / (2 * _BANDS))
    lifter = 1.0 + _LIFTER / 2 * np.sin(np.pi * np.arange(CEPSTRA) / _LIFTER)
    return np.asarray(basis * lifter[:, None])
