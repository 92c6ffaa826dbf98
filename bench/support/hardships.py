"""Makes what is hard to hear of recordings with known words. The same on every machine.

Each case is a sound and what is said in it; a case without the local media is left out.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import av
import degraded
import numpy as np
from degraded import to_audio, to_float
from scipy.linalg import solve_toeplitz
from scipy.signal import get_window, lfilter

from bench.support import noises
from bench.support.recordings import PODCAST, SAMPLE, Recording, short_files, talks
from pipeline.core.arrays import F64
from pipeline.core.data import SAMPLE_RATE, Audio, Word

Hear = Callable[[Audio], tuple[Word, ...]]
Load = Callable[[Recording], Audio]

SEED = 5
VOICES = ("jfk", "clearvoice_LJ001-0001", "clearvoice_LJ001-0003", "leopard_test")  # three people
TURNS = ("leopard_test", "leopard_test_de", "leopard_test_es")
PAUSE_S = 0.6
FRAME_S, HOP_S = 0.025, 0.0125
FORMANTS = 18  # coefficients of the linear prediction: the mouth without the voice
CHILD = 1.35  # pitch and formants of a child of eight beside a woman's
OVERDRIVE = 12.0
STAMMER_S = 0.11  # of a word's beginning
LEVELS_DB = (0, -60, 0, -40, -20, -50)
JINGLE_S, JINGLE_EACH_S = 5.0, 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A sound and its words."""

    name: str
    audio: Audio
    said: str
    language: str | None  # None: several


def cases(load: Load, hear: Hear) -> Iterator[Case]:
    """Yield every case; `load` decodes a recording, `hear` gives the times of its words."""
    by_stem = {r.path.stem: r for r in short_files()}
    some = (
        [by_stem[stem] for stem in VOICES] if by_stem else [r for r in talks() if r.path == SAMPLE]
    )
    voices = _joined([to_float(load(r)) for r in some])
    said = " ".join(r.text for r in some)
    for name, change in _CHANGES.items():
        yield Case(name=name, audio=change(to_audio(voices)), said=said, language="en")
    stammered = stammering(voices, hear(to_audio(voices)))
    yield Case(name="stammer", audio=to_audio(stammered), said=said, language="en")
    if by_stem:
        yield from _mixtures(by_stem, load, hear)


def _mixtures(by_stem: Mapping[str, Recording], load: Load, hear: Hear) -> Iterator[Case]:
    """Yield the cases that are made of several recordings."""
    turns = [by_stem[stem] for stem in TURNS]
    yield Case(
        name="three languages in turns",
        audio=to_audio(_joined([to_float(load(r)) for r in turns])),
        said=" ".join(r.text for r in turns),
        language=None,
    )
    first, second = (to_float(load(by_stem[stem])) for stem in VOICES[1:3])
    yield Case(
        name="two at once, the second 6 dB below",
        audio=to_audio(_mixed(first, second * 0.5)),
        said=by_stem[VOICES[1]].text,
        language="en",
    )
    whole = load(by_stem["leopard_test"])
    *_, last = hear(whole)
    silence = np.zeros(60 * SAMPLE_RATE)
    word = to_float(whole)[round(last.start_s * SAMPLE_RATE) :]
    yield Case(
        name="one word in two minutes of silence",
        audio=to_audio(np.concatenate([silence, word, silence])),
        said=by_stem["leopard_test"].text.split()[-1],
        language="en",
    )
    (podcast,) = (r for r in talks() if r.path == PODCAST)
    audio = load(podcast)
    yield Case(
        name="a jingle each minute",
        audio=to_audio(with_jingles(to_float(audio), hear(audio))),
        said=podcast.text,
        language="en",
    )


def whispered(sound: F64) -> F64:
    """Replace the voice by breath: noise through the filter of the mouth (linear prediction)."""
    generator = np.random.default_rng(SEED)
    size, hop = round(FRAME_S * SAMPLE_RATE), round(HOP_S * SAMPLE_RATE)
    window = get_window("hann", size)
    out = np.zeros(len(sound) + size)
    for first in range(0, len(sound) - size, hop):
        frame = sound[first : first + size] * window
        power = np.correlate(frame, frame, "full")[size - 1 : size + FORMANTS]
        if power[0] < 1e-7:
            continue
        power[0] *= 1.0001
        mouth = solve_toeplitz(power[:-1], power[1:])
        breath = lfilter([1.0], np.concatenate([[1.0], -mouth]), generator.standard_normal(size))
        out[first : first + size] += window * breath / breath.std() * frame.std()
    out = np.diff(out, prepend=0.0)[: len(sound)] * 2.0  # breath has less low sound than a voice
    return np.asarray(out, np.float64)


def shouted(sound: F64) -> F64:
    """Overdrive the microphone."""
    return np.asarray(np.tanh(OVERDRIVE * sound / max(1e-9, np.abs(sound).max())) * 0.9, np.float64)


def childlike(sound: F64) -> F64:
    """Raise the pitch and shorten the mouth, at the same speed."""
    return _filtered(sound, ("asetrate", f"{SAMPLE_RATE * CHILD:.0f}"), ("atempo", f"{1 / CHILD}"))


def leveled(sound: F64) -> F64:
    """Change the level by 60 dB every few seconds."""
    parts = np.array_split(sound, len(LEVELS_DB))
    return np.concatenate([p * 10 ** (db / 20) for p, db in zip(parts, LEVELS_DB, strict=True)])


def over_music(sound: F64) -> F64:
    """Play music 6 dB below the voice."""
    return _over(sound, noises.arpeggios)


def over_song(sound: F64) -> F64:
    """Let a choir sing "ah" 6 dB below the voice."""
    return _over(sound, noises.choir)


def stammering(sound: F64, words: tuple[Word, ...]) -> F64:
    """Say the beginning of each fourth word three times."""
    parts, at = list[F64](), 0
    gap = np.zeros(round(0.04 * SAMPLE_RATE))
    for word in words[1::4]:
        first = round(word.start_s * SAMPLE_RATE)
        begin = sound[first : first + round(STAMMER_S * SAMPLE_RATE)]
        parts += [sound[at:first], begin, gap, begin, gap]
        at = first
    return np.concatenate([*parts, sound[at:]])


def with_jingles(sound: F64, words: tuple[Word, ...]) -> F64:
    """Insert music each minute, between two words."""
    jingle = noises.arpeggios(JINGLE_S) * 0.5
    parts, at, due_s = list[F64](), 0, JINGLE_EACH_S
    for before, after in pairwise(words):
        if after.start_s > due_s and before.text.endswith((".", "?")):
            cut = round((before.end_s + after.start_s) / 2 * SAMPLE_RATE)
            parts += [sound[at:cut], jingle]
            at, due_s = cut, after.start_s + JINGLE_EACH_S
    return np.concatenate([*parts, sound[at:]])


def _on_samples(change: Callable[[F64], F64]) -> degraded.Change:
    """Return what changes a recording as `change` does its samples."""
    return lambda audio: to_audio(change(to_float(audio)))


_CHANGES: dict[str, degraded.Change] = {
    "as it is": degraded.unchanged,
    "whisper": _on_samples(whispered),
    "shout": _on_samples(shouted),
    "a child's voice": _on_samples(childlike),
    "60 dB of level change": _on_samples(leveled),
    "music 6 dB below": _on_samples(over_music),
    "a song 6 dB below": _on_samples(over_song),
    "telephone": degraded.telephone,
    "echo": degraded.echoing,
}


def _filtered(sound: F64, *filters: tuple[str, str]) -> F64:
    """Run ffmpeg's audio filters."""
    graph = av.filter.Graph()
    source = graph.add_abuffer(sample_rate=SAMPLE_RATE, format="flt", layout="mono", time_base=None)
    nodes = [source, *(graph.add(*f) for f in filters)]
    nodes += [graph.add("aresample", str(SAMPLE_RATE)), graph.add("abuffersink")]
    graph.link_nodes(*nodes).configure()
    frame = av.AudioFrame.from_ndarray(sound.astype(np.float32)[None], format="flt", layout="mono")
    frame.sample_rate = SAMPLE_RATE
    graph.push(frame)
    graph.push(None)
    parts = []
    while True:
        try:
            parts.append(graph.pull().to_ndarray().ravel())
        except (av.EOFError, av.BlockingIOError):
            return np.concatenate(parts).astype(np.float64)


def _joined(sounds: list[F64]) -> F64:
    pause = np.zeros(round(PAUSE_S * SAMPLE_RATE))
    return np.concatenate([part for sound in sounds for part in (sound, pause)])


def _over(sound: F64, make: noises.Maker) -> F64:
    other = make(len(sound) / SAMPLE_RATE)[: len(sound)]
    return _mixed(sound, other / other.std() * sound.std() * 0.5)


def _mixed(first: F64, second: F64) -> F64:
    mixed = first.copy()
    size = min(len(first), len(second))
    mixed[:size] += second[:size]
    return mixed / max(1.0, float(np.abs(mixed).max()))
