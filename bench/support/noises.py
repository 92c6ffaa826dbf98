"""Synthesizes sounds without speech: music, noise, silence. The same on every machine.

Each function takes the length in seconds and returns mono samples in [-1, 1] at SAMPLE_RATE.
"""

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from pipeline.core.data import SAMPLE_RATE

Sound = npt.NDArray[np.float64]
Maker = Callable[[float], Sound]

PEAK = 0.5
CHORDS = ((57, 60, 64), (53, 57, 60), (48, 52, 55), (55, 59, 62))  # MIDI notes of a, F, C, G
CHORD_S = 2.0
BEAT_S = 0.5
VIBRATO_HZ, VIBRATO = 5.5, 0.006  # rate, and depth as a share of the pitch
FORMANTS_HZ = ((700, 90), (1150, 110), (2600, 160), (3300, 200))  # of an open "ah": center, width
SEED = 7


def _time(seconds: float) -> Sound:
    return np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE


def _loud(sound: Sound, peak: float = PEAK) -> Sound:
    """Scale a sound to a given peak."""
    return sound * (peak / max(1e-9, float(np.abs(sound).max())))


def _hertz(note: float) -> float:
    return float(440.0 * 2.0 ** ((note - 69) / 12))


def _tone(pitch_hz: Sound | float, t: Sound, harmonics: int, fall: float) -> Sound:
    """Sum harmonics that fall by 1 / n ** fall, without those above the Nyquist frequency."""
    pitch = np.broadcast_to(np.asarray(pitch_hz, np.float64), t.shape)
    phase = 2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE
    top = min(harmonics, int(0.45 * SAMPLE_RATE / max(1.0, float(pitch.max()))))
    out = np.zeros(len(t))
    for n in range(1, top + 1):
        out += np.sin(n * phase) / n**fall
    return out


def _placed(seconds: float, events: Iterator[tuple[float, Sound]]) -> Sound:
    """Mix sounds at their times, in seconds."""
    out = np.zeros(round(seconds * SAMPLE_RATE))
    for at_s, sound in events:
        first = round(at_s * SAMPLE_RATE)
        piece = sound[: max(0, len(out) - first)]
        out[first : first + len(piece)] += piece
    return out


def _shaped(seconds: float, gain: Callable[[Sound], Sound]) -> Sound:
    """Generate white noise, shaped by a gain for each frequency in hertz."""
    count = round(seconds * SAMPLE_RATE)
    spectrum = np.fft.rfft(np.random.default_rng(SEED).standard_normal(count))
    frequencies = np.fft.rfftfreq(count, 1 / SAMPLE_RATE).astype(np.float64)
    return np.fft.irfft(spectrum * gain(frequencies), count).astype(np.float64)


def arpeggios(seconds: float) -> Sound:
    """Generate struck notes that fade, like a piano's."""
    t = _time(1.2)
    notes = {
        note: _tone(_hertz(note), t, 8, 1.3) * np.exp(-3.5 * t)
        for chord in CHORDS
        for note in (*chord, chord[0] + 12)
    }

    def events() -> Iterator[tuple[float, Sound]]:
        for step in range(int(seconds / 0.25) + 1):
            chord = CHORDS[int(step * 0.25 / CHORD_S) % len(CHORDS)]
            yield step * 0.25, notes[(*chord, chord[0] + 12)[step % 4]]

    return _loud(_placed(seconds, events()))


def pad(seconds: float) -> Sound:
    """Generate long chords with vibrato, like strings."""
    t = _time(CHORD_S)
    bend = 1 + VIBRATO * np.sin(2 * np.pi * VIBRATO_HZ * t)
    swell = np.minimum(1, np.minimum(t, CHORD_S - t) / 0.3)
    chords = [sum(_tone(_hertz(n) * bend, t, 12, 1.0) for n in chord) * swell for chord in CHORDS]
    many = ((i * CHORD_S, chords[i % 4]) for i in range(int(seconds / CHORD_S) + 1))
    return _loud(_placed(seconds, many))


def choir(seconds: float) -> Sound:
    """Generate one vowel sung by several voices, which is as close to speech as music gets."""
    t = _time(CHORD_S)
    swell = np.minimum(1, np.minimum(t, CHORD_S - t) / 0.4)
    frequencies = np.fft.rfftfreq(len(t), 1 / SAMPLE_RATE)
    vowel = np.sum([1 / (1 + ((frequencies - f) / w) ** 2) for f, w in FORMANTS_HZ], axis=0)
    chords = []
    for chord in CHORDS:
        voices = np.zeros(len(t))
        for number, note in enumerate(chord):
            rate = VIBRATO_HZ + 0.4 * number
            bend = 1 + 1.5 * VIBRATO * np.sin(2 * np.pi * rate * t + number)
            voices += _tone(_hertz(note - 12) * bend, t, 40, 0.7)
        chords.append(np.fft.irfft(np.fft.rfft(voices) * vowel, len(t)) * swell)
    many = ((i * CHORD_S, chords[i % 4]) for i in range(int(seconds / CHORD_S) + 1))
    return _loud(_placed(seconds, many))


def whistle(seconds: float) -> Sound:
    """Generate a tune on a nearly pure tone that slides from note to note."""
    t = _time(seconds)
    tune = np.array([76, 79, 81, 79, 76, 74, 72, 74])
    place = t / BEAT_S
    number = place.astype(int)
    slide = np.clip((place - number) / 0.2, 0, 1)
    notes = tune[(number - 1) % 8] * (1 - slide) + tune[number % 8] * slide
    pitch = 440.0 * 2.0 ** ((notes - 69) / 12) * (1 + VIBRATO * np.sin(2 * np.pi * 5 * t))
    return _loud(_tone(pitch, t, 2, 3.0) * (0.7 + 0.3 * np.sin(2 * np.pi * t / 4)))


def brass(seconds: float) -> Sound:
    """Generate a tune whose upper harmonics rise with each note, like a trumpet's."""
    t = _time(BEAT_S)
    rise = np.minimum(1, t / 0.06) * np.minimum(1, (BEAT_S - t) / 0.05)
    notes = {
        note: (_tone(_hertz(note), t, 4, 0.5) + rise * _tone(_hertz(note), t, 14, 0.6)) * rise
        for note in (60, 62, 64, 65, 67)
    }
    tune = (60, 64, 67, 67, 65, 62, 64, 60)
    many = ((i * BEAT_S, notes[tune[i % 8]]) for i in range(int(seconds / BEAT_S) + 1))
    return _loud(_placed(seconds, many))


def humming(seconds: float) -> Sound:
    """Generate a tune hummed with closed lips: the pitch of a voice without formants."""
    t = _time(seconds)
    tune = np.array([45, 48, 50, 52, 50, 48, 47, 45])
    place = t / (2 * BEAT_S)
    number = place.astype(int)
    slide = np.clip((place - number) / 0.15, 0, 1)
    notes = tune[(number - 1) % 8] * (1 - slide) + tune[number % 8] * slide
    pitch = 440.0 * 2.0 ** ((notes - 69) / 12) * (1 + VIBRATO * np.sin(2 * np.pi * 5.2 * t))
    breath = np.clip(np.sin(np.pi * (place % 4) / 4) * 4, 0, 1)  # one breath per four notes
    return _loud(_tone(pitch, t, 6, 2.2) * breath)


def drums(seconds: float) -> Sound:
    """Generate bass drum, snare and hi-hat."""
    random = np.random.default_rng(SEED)
    t = _time(0.3)
    kick = np.sin(2 * np.pi * (45 * t + 8 * (1 - np.exp(-25 * t)))) * np.exp(-12 * t)
    snare = (random.standard_normal(len(t)) * 0.5 + np.sin(2 * np.pi * 190 * t)) * np.exp(-18 * t)
    hat = np.diff(random.standard_normal(len(t) + 1)) * np.exp(-60 * t) * 0.3

    def events() -> Iterator[tuple[float, Sound]]:
        for step in range(int(seconds / (BEAT_S / 2)) + 1):
            at_s = step * BEAT_S / 2
            yield at_s, hat
            if step % 4 == 0:
                yield at_s, kick
            elif step % 4 == 2:
                yield at_s, snare * 0.7

    return _loud(_placed(seconds, events()))


def band(seconds: float) -> Sound:
    """Mix arpeggios, pad and drums."""
    return _loud(arpeggios(seconds) + 0.6 * pad(seconds) + 0.8 * drums(seconds))


def white(seconds: float) -> Sound:
    """Generate white noise."""
    return _loud(_shaped(seconds, np.ones_like), 0.2)


def pink(seconds: float) -> Sound:
    """Generate pink noise: equal power in each octave."""
    return _loud(_shaped(seconds, lambda f: np.maximum(f, 20.0) ** -0.5))


def brown(seconds: float) -> Sound:
    """Generate brown noise."""
    return _loud(_shaped(seconds, lambda f: np.maximum(f, 20.0) ** -1.0))


def crowd(seconds: float) -> Sound:
    """Generate noise with the spectrum and rhythm of distant voices, without syllables."""
    t = _time(seconds)
    random = np.random.default_rng(SEED + 1)
    voices = _shaped(seconds, lambda f: np.exp(-(((f - 600.0) / 700.0) ** 2)))
    rise = sum(
        np.sin(2 * np.pi * rate * t + random.uniform(0, 6)) for rate in (2.3, 3.1, 3.9, 4.7, 5.3)
    )
    return _loud(voices * (1 + 0.12 * rise))


def murmur(seconds: float) -> Sound:
    """Generate a voice behind a wall: pitch and rhythm of speech, without words."""
    t = _time(seconds)
    random = np.random.default_rng(SEED + 2)
    knots = np.arange(0, seconds + 1, 0.2)
    pitch = np.interp(t, knots, random.uniform(95, 150, len(knots)))
    syllables = np.interp(t, knots / 1.15, random.uniform(0, 1, len(knots))) ** 2
    pauses = np.interp(t, knots * 6, random.integers(0, 3, len(knots)) > 0)
    return _loud(_tone(pitch, t, 3, 1.5) * syllables * pauses) + 0.05 * brown(seconds)


def wind(seconds: float) -> Sound:
    """Generate gusts of wind at a microphone."""
    t = _time(seconds)
    gusts = 0.6 + 0.4 * np.sin(2 * np.pi * t / 7) * np.sin(2 * np.pi * t / 2.9)
    return _loud(_shaped(seconds, lambda f: np.maximum(f, 30.0) ** -0.8) * gusts)


def hum(seconds: float) -> Sound:
    """Generate mains hum at 50 Hz with its harmonics, and some hiss."""
    return _loud(_tone(50.0, _time(seconds), 12, 1.2)) * 0.4 + 0.005 * white(seconds)


def clicks(seconds: float) -> Sound:
    """Generate keystrokes at irregular times."""
    random = np.random.default_rng(SEED)
    t = _time(0.03)
    gaps = random.exponential(0.18, int(seconds / 0.1) + 4) + 0.04
    times = np.cumsum(gaps)

    def events() -> Iterator[tuple[float, Sound]]:
        for at_s in (0.1, *times[times < seconds]):
            strike = random.standard_normal(len(t)) * np.exp(-t * random.uniform(150, 500))
            yield float(at_s), strike * random.uniform(0.3, 1.0)

    return _loud(_placed(seconds, events()))


def nothing(seconds: float) -> Sound:
    """Return zeros."""
    return np.zeros(round(seconds * SAMPLE_RATE))


def room(seconds: float) -> Sound:
    """Generate a quiet room: pink noise at -50 dB."""
    return pink(seconds) * (10 ** (-50 / 20) / PEAK)


def last_bit(seconds: float) -> Sound:
    """Generate dither: random values of the last of 16 bits."""
    count = round(seconds * SAMPLE_RATE)
    return np.random.default_rng(SEED).integers(-1, 2, count) / 32768.0


GROUPS: dict[str, dict[str, Maker]] = {
    "music": {
        "arpeggios": arpeggios,
        "pad with vibrato": pad,
        "choir on one vowel": choir,
        "whistled tune": whistle,
        "brass": brass,
        "humming": humming,
        "drums": drums,
        "band": band,
    },
    "noise": {
        "white": white,
        "pink": pink,
        "brown": brown,
        "crowd": crowd,
        "murmur behind a wall": murmur,
        "wind": wind,
        "hum": hum,
        "clicks": clicks,
    },
    "silence": {"zeros": nothing, "last bit": last_bit, "quiet room": room},
}
