"""What windows of sound say: encoded, decoded, and doubted where the text may be invented."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import torch

from pipeline.core.control import Check
from pipeline.core.data import Audio, Word
from pipeline.recognition import beam_search
from pipeline.recognition.decoding import Decoded, decode
from pipeline.recognition.name_biasing import named
from pipeline.recognition.name_matching import Names
from pipeline.recognition.whisper import WINDOW_S, Whisper
from pipeline.recognition.windows import Window, stacked
from pipeline.recognition.word_timing import timed_words

ENCODE_AT_ONCE = {"cpu": 1, "cuda": 24}  # more are no faster on a core, and change each other
# Mean log-probability under which a window is searched for a better text. Clear speech is above;
# in the scripted podcast with noise (10 to 0 dB), searching all windows finds hardly more.
UNSURE = -0.2
TEMPERATURES = (0.4, 0.8)  # tried in order for a window that failed
NO_SPEECH = 0.6
SURELY_SILENT_LOG_PROBABILITY = -0.6  # "no speech" counts only where the text is unsure as well


def uncounted(_windows: int) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognizer:
    """One sound and the network that hears it; used by several threads at once."""

    audio: Audio
    model: Whisper
    check: Check
    count: Callable[[int], None] = uncounted
    """Told how many windows have been encoded, or decoded; each is both once."""
    encoded: dict[Window, torch.Tensor] = field(default_factory=dict)
    """States (1500, width) of windows that were needed before their turn."""

    def encode(self, windows: Sequence[Window]) -> torch.Tensor:
        """Encoder states of windows, a few at a time on a CPU so that cancelling need not wait."""
        parts = {window: self.encoded.pop(window) for window in windows if window in self.encoded}
        missing = [window for window in windows if window not in parts]
        at_once = ENCODE_AT_ONCE[self.model.device.type]
        for first in range(0, len(missing), at_once):
            self.check()
            some = missing[first : first + at_once]
            mel = self.model.log_mel(stacked(some, self.audio, WINDOW_S))
            parts.update(zip(some, self.model.encode(mel, self.check), strict=True))
            self.count(len(some))
        return torch.stack([parts[window] for window in windows])

    def encode_early(self, windows: Sequence[Window]) -> torch.Tensor:
        """The same, kept until these windows' turn, so that none is encoded twice."""
        states = self.encode(windows)
        self.encoded.update(zip(windows, states, strict=True))
        return states

    def decode(self, states: torch.Tensor, code: str, temperature: float = 0.0) -> list[Decoded]:
        """Text of windows in a language by Whisper's name; stops within a step once canceled."""
        return decode(self.model, states, code, temperature=temperature, check=self.check)

    def search(
        self, states: torch.Tensor, code: str, decoded: Sequence[Decoded]
    ) -> dict[int, Decoded]:
        """Those of the windows that the decoder was unsure of, decoded with more care."""
        rows = [i for i, d in enumerate(decoded) if d.mean_log_probability < UNSURE]
        if not rows:
            return {}
        unsure = [decoded[i] for i in rows]
        found = beam_search.heard_again(self.model, states[rows], code, unsure, self.check)
        return dict(zip(rows, found, strict=True))

    def good(self, decoded: Decoded) -> bool:
        """Whether the usual signs of an invented text are absent."""
        return decoded.is_trusted(self.model.vocabulary.decode(decoded.tokens))

    def is_speech(self, decoded: Decoded) -> bool:
        """Whether a window has words at all: silence and music must not."""
        if not decoded.tokens:
            return False
        unsure = decoded.mean_log_probability < SURELY_SILENT_LOG_PROBABILITY
        return not (decoded.no_speech > NO_SPEECH and unsure) and (
            self.good(decoded) or decoded.no_speech < NO_SPEECH / 2
        )


def batches(windows: Sequence[Window], most: int, *, shares: int = 1) -> Iterator[Sequence[Window]]:
    """In order, at most so many at once, about as many each: a small last one costs as much.

    `shares`: as many batches as can be dealt out evenly to so many threads.
    """
    count = -(-len(windows) // most)
    count = min(len(windows), -(-count // shares) * shares)
    bounds = [round(i * len(windows) / count) for i in range(count + 1)] if count else []
    for first, end in pairwise(bounds):
        yield windows[first:end]


def hear(ear: Recognizer, windows: Sequence[Window], code: str, names: Names) -> Iterator[Word]:
    """Words of some windows, in order. `code` is Whisper's name of the language.

    One that the decoder was unsure of is searched for a better text. A window that failed is heard
    again piece by piece: what confused the decoder is rarely in all of them, and talk that really
    repeats itself is short in each. A single piece that fails is decoded again at higher
    temperatures.
    """
    states = ear.encode(windows)
    decoded = ear.decode(states, code)
    for i, result in ear.search(states, code, decoded).items():
        decoded[i] = result
    ear.count(len(windows))
    failed = [i for i, d in enumerate(decoded) if not ear.good(d)]
    alone = [i for i in failed if len(windows[i].pieces) == 1]
    for i, result in zip(alone, _warmer(ear, states, decoded, alone, code), strict=True):
        decoded[i] = result
    spoken = [i for i, d in enumerate(decoded) if ear.is_speech(d)]
    if names:
        for i in spoken:
            decoded[i] = named(
                decoded[i],
                states[i : i + 1],
                model=ear.model,
                code=code,
                names=names,
                check=ear.check,
            )
    words = timed_words(
        [windows[i] for i in spoken],
        [decoded[i] for i in spoken],
        model=ear.model,
        audio=ear.audio,
        code=code,
        check=ear.check,
    )
    found = dict(zip(spoken, words, strict=True))
    for i, window in enumerate(windows):
        if i in failed and i not in alone:
            parts = [Window((piece,)) for piece in window.pieces]
            for batch in batches(parts, ear.model.windows_at_once()):
                yield from hear(ear, batch, code, names)
        else:
            yield from found.get(i, ())


def _warmer(
    ear: Recognizer,
    states: torch.Tensor,
    decoded: Sequence[Decoded],
    rows: Sequence[int],
    code: str,
) -> list[Decoded]:
    """The best of several temperatures for each of these rows."""
    best = {row: decoded[row] for row in rows}
    for temperature in TEMPERATURES:
        left = [row for row in rows if not ear.good(best[row])]
        if not left:
            break
        again = ear.decode(states[left], code, temperature)
        for row, result in zip(left, again, strict=True):
            if ear.good(result) or _better(result, best[row]):
                best[row] = result
    return [best[row] for row in rows]


def _better(new: Decoded, old: Decoded) -> bool:
    return (new.looped, -new.mean_log_probability) < (old.looped, -old.mean_log_probability)
