"""Makes recordings worse: noise, a telephone, an echo. The same on every machine."""

from collections.abc import Callable

import numpy as np

from pipeline.core.arrays import F64
from pipeline.core.data import SAMPLE_RATE, Audio

SEED = 11
ECHO_S = 0.25  # time constant of the room
ECHO = 0.2  # level of its tail
TELEPHONE_HZ = 300.0, 3400.0

Change = Callable[[Audio], Audio]


def noisy(snr_db: float) -> Change:
    """Return what adds pink noise this far below the recording."""

    def change(audio: Audio) -> Audio:
        clean = to_float(audio)
        spectrum = np.fft.rfft(np.random.default_rng(SEED).standard_normal(len(clean)))
        spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), 1))
        pink = np.fft.irfft(spectrum, len(clean))
        return to_audio(clean + pink / pink.std() * clean.std() * 10 ** (-snr_db / 20))

    return change


def telephone(audio: Audio) -> Audio:
    """Keep the band of a telephone, in the 256 steps of mu-law (G.711)."""
    clean = to_float(audio)
    spectrum = np.fft.rfft(clean)
    at_hz = np.fft.rfftfreq(len(clean), 1 / SAMPLE_RATE)
    spectrum[(at_hz < TELEPHONE_HZ[0]) | (at_hz > TELEPHONE_HZ[1])] = 0.0
    band = np.fft.irfft(spectrum, len(clean)).clip(-1, 1)
    steps = np.rint(np.sign(band) * np.log1p(255 * np.abs(band)) / np.log(256) * 127) / 127
    return to_audio(np.sign(steps) * np.expm1(np.abs(steps) * np.log(256)) / 255)


def echoing(audio: Audio) -> Audio:
    """Put the speaker into a bare room."""
    clean = to_float(audio)
    time = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    tail = ECHO * np.random.default_rng(SEED).standard_normal(SAMPLE_RATE) * np.exp(-time / ECHO_S)
    tail[0] = 1.0
    size = 1 << (len(clean) + len(tail)).bit_length()
    wet = np.fft.irfft(np.fft.rfft(clean, size) * np.fft.rfft(tail, size), size)[: len(clean)]
    return to_audio(wet * (clean.std() / max(1e-9, wet.std())))


def unchanged(audio: Audio) -> Audio:
    """Return the recording itself."""
    return audio


def to_float(audio: Audio) -> F64:
    """Return samples in [-1, 1]."""
    return audio.samples.astype(np.float64) / 32768.0


def to_audio(samples: F64) -> Audio:
    """Return 16-bit samples; louder ones are clipped."""
    return Audio(samples=np.rint(samples.clip(-1, 0.9999) * 32767).astype(np.int16))


CONDITIONS: dict[str, Change] = {
    "clean": unchanged,
    "noise 10 dB below": noisy(10),
    "noise 3 dB below": noisy(3),
    "telephone": telephone,
    "echo": echoing,
}
