"""Recognize windows of sound: encode and decode them, and retry where the text may be invented."""

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import torch

from pipeline.core.control import Check
from pipeline.core.data import Audio, Word
from pipeline.recognition import beam_search
from pipeline.recognition.decoding import Decoded, decode
from pipeline.recognition.name_biasing import write_names
from pipeline.recognition.name_matching import NO_NAMES, Names
from pipeline.recognition.vad import Probabilities
from pipeline.recognition.whisper import WINDOW_S, Whisper
from pipeline.recognition.windows import Window, stack
from pipeline.recognition.word_timing import time_words

# Windows encoded at once, by device. More are no faster on one core, and a window's result would
# depend on the others.
ENCODE_AT_ONCE = {"cpu": 1, "cuda": 24}
# Windows with a mean log-probability below this are searched for a better text. Clear speech is
# above; in the scripted podcast with noise (10 to 0 dB), searching all windows finds hardly more.
UNSURE = -0.2
TEMPERATURES = (0.4, 0.8)  # tried in order for a window that failed
MAX_NO_SPEECH = 0.6  # probability above which a window may be silent
# Lead in probability that another language needs over the talk's for a window to be tried in it;
# accented speech comes close.
MIN_LANGUAGE_LEAD = 0.5
# A window with one language is surer of it than this (52 of 55 windows of 45 files); one in which
# several take turns often is not.
SURE_OF_LANGUAGE = 0.9
# Gain in mean log-probability that its text then needs.
MIN_LANGUAGE_GAIN = 0.05
# A window is silent only if, in addition, its text has a mean log-probability below this.
SILENT_LOG_PROBABILITY = -0.6


def ignore_count(_windows: int) -> None:
    """Ignore the count: the default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognizer:
    """One recording and the network that recognizes it; several threads may use it at once."""

    audio: Audio
    model: Whisper
    check: Check
    count: Callable[[int], None] = ignore_count
    """Called with how many windows were just encoded or decoded; each counts once for both."""
    encoded: dict[Window, torch.Tensor] = field(default_factory=dict)
    """States (1500, width) of windows that were encoded before their turn."""

    def encode(self, windows: Sequence[Window]) -> torch.Tensor:
        """Return the encoder states of windows; on a CPU a few at a time, to cancel quickly."""
        parts = {window: self.encoded.pop(window) for window in windows if window in self.encoded}
        missing = [window for window in windows if window not in parts]
        at_once = ENCODE_AT_ONCE[self.model.device.type]
        for first in range(0, len(missing), at_once):
            self.check()
            some = missing[first : first + at_once]
            mel = self.model.log_mel(stack(some, self.audio, WINDOW_S))
            sound_s = max(window.duration_s for window in some)
            states = self.model.encode(mel, self.check, sound_s=sound_s)
            parts.update(zip(some, states, strict=True))
            self.count(len(some))
        return torch.stack([parts[window] for window in windows])

    def encode_early(self, windows: Sequence[Window]) -> torch.Tensor:
        """Encode windows before their turn and keep the states, so that none is encoded twice."""
        states = self.encode(windows)
        self.encoded.update(zip(windows, states, strict=True))
        return states

    def decode(self, states: torch.Tensor, code: str, temperature: float = 0.0) -> list[Decoded]:
        """Decode windows, given Whisper's language code; stops within one step once canceled."""
        return decode(self.model, states, code, temperature=temperature, check=self.check)

    def search(
        self, states: torch.Tensor, decoded: Sequence[Decoded], *, without: Container[int] = ()
    ) -> dict[int, Decoded]:
        """Search the windows that the decoder was unsure of; return the results by row.

        The rows of `without` are not searched.
        """
        results: dict[int, Decoded] = {}
        unsure = (
            i for i, d in enumerate(decoded) if d.mean_log_probability < UNSURE and i not in without
        )
        for code, rows in _by_key(unsure, lambda i: decoded[i].language).items():
            some = [decoded[i] for i in rows]
            found = beam_search.improve(self.model, states[rows], code, some, self.check)
            results |= zip(rows, found, strict=True)
        return results

    def good(self, decoded: Decoded, *, repeats: bool = True) -> bool:
        """Return whether a text lacks the usual signs of an invented text, as `is_trusted`."""
        return decoded.is_trusted(self.model.vocabulary.decode, repeats=repeats)

    def is_speech(self, decoded: Decoded) -> bool:
        """Return whether a window contains words at all; silence and music do not."""
        if not decoded.tokens:
            return False
        unsure = decoded.mean_log_probability < SILENT_LOG_PROBABILITY
        return not (decoded.no_speech > MAX_NO_SPEECH and unsure) and (
            self.good(decoded) or decoded.no_speech < MAX_NO_SPEECH / 2
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What is known of a recording before its words."""

    speech: Probabilities
    code: str
    """Whisper's code of the talk's language."""
    names: Names = NO_NAMES


def batches(windows: Sequence[Window], most: int, *, shares: int = 1) -> Iterator[Sequence[Window]]:
    """Split windows into batches of similar size, at most `most` each.

    A small last batch would cost as much as a full one. With `shares`, the number of batches is a
    multiple of it, as far as the windows suffice, so that threads get equal shares.
    """
    count = -(-len(windows) // most)
    count = min(len(windows), -(-count // shares) * shares)
    bounds = [round(i * len(windows) / count) for i in range(count + 1)] if count else []
    for first, end in pairwise(bounds):
        yield windows[first:end]


def recognize(
    recognizer: Recognizer, windows: Sequence[Window], context: Context
) -> Iterator[Word]:
    """Yield the words of some windows, in order.

    A window of which the decoder was unsure is searched for a better text. A window whose text is
    not trusted is recognized again piece by piece: what confused the decoder is rarely in every
    piece, and speech that really repeats itself is short in each. A single piece that fails is
    decoded again at higher temperatures.
    """
    states = recognizer.encode(windows)
    decoded = recognizer.decode(states, context.code)
    decoded = _switch_languages(recognizer, states, decoded)
    several = {i for i, window in enumerate(windows) if len(window.pieces) > 1}
    divided = {i for i in several if decoded[i].language_probability < SURE_OF_LANGUAGE}
    for i, result in recognizer.search(states, decoded, without=divided).items():
        decoded[i] = result
    recognizer.count(len(windows))
    # Each piece is written better alone than a text that repeats itself, even if it is spoken so.
    divided |= {i for i in several if not recognizer.good(decoded[i], repeats=False)}
    alone = [i for i, d in enumerate(decoded) if i not in several and not recognizer.good(d)]
    for i, result in zip(alone, _decode_warmer(recognizer, states, decoded, alone), strict=True):
        decoded[i] = result
    spoken = [i for i, d in enumerate(decoded) if i not in divided and recognizer.is_speech(d)]
    if context.names:
        for i in spoken:
            decoded[i] = write_names(
                decoded[i],
                states[i : i + 1],
                model=recognizer.model,
                code=decoded[i].language,
                names=context.names,
                check=recognizer.check,
            )
    words = time_words(
        [windows[i] for i in spoken],
        [decoded[i] for i in spoken],
        model=recognizer.model,
        audio=recognizer.audio,
        check=recognizer.check,
    )
    found = dict(zip(spoken, words, strict=True))
    counted = replace(recognizer, count=ignore_count)
    for i, window in enumerate(windows):
        if i in divided:
            parts = [Window((piece,)) for piece in window.pieces]
            for batch in batches(parts, recognizer.model.windows_at_once()):
                yield from recognize(counted, batch, context)
        else:
            yield from found.get(i, ())


def _switch_languages(
    recognizer: Recognizer, states: torch.Tensor, decoded: Sequence[Decoded]
) -> list[Decoded]:
    """Return the results, those in another language than the sound's replaced by likelier ones."""
    best = list(decoded)
    foreign = (i for i, d in enumerate(decoded) if d.language_lead > MIN_LANGUAGE_LEAD)
    for code, rows in _by_key(foreign, lambda i: decoded[i].likeliest_language).items():
        again = recognizer.decode(states[rows], code)
        for row, result in zip(rows, again, strict=True):
            gain = result.mean_log_probability - decoded[row].mean_log_probability
            if recognizer.good(result) and gain > MIN_LANGUAGE_GAIN:
                best[row] = result
    return best


def _by_key(rows: Iterable[int], key: Callable[[int], str]) -> dict[str, list[int]]:
    """Group rows by a key."""
    groups: dict[str, list[int]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return groups


def _decode_warmer(
    recognizer: Recognizer,
    states: torch.Tensor,
    decoded: Sequence[Decoded],
    rows: Sequence[int],
) -> list[Decoded]:
    """Return the best result for each of these rows over several temperatures."""
    best = {row: decoded[row] for row in rows}
    for temperature in TEMPERATURES:
        left = [row for row in rows if not recognizer.good(best[row])]
        if not left:
            break
        for code, some in _by_key(left, lambda row: best[row].language).items():
            again = recognizer.decode(states[some], code, temperature)
            for row, result in zip(some, again, strict=True):
                if recognizer.good(result) or _is_better(result, best[row]):
                    best[row] = result
    return [best[row] for row in rows]


def _is_better(new: Decoded, old: Decoded) -> bool:
    return (new.looped, -new.mean_log_probability) < (old.looped, -old.mean_log_probability)
