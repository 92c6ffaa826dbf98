"""Words with times from sound and speech spans.

Windows → log-mel → encoder → decoder → alignment → words, a batch at a time, so memory does not
grow with the length.
"""

import logging
import math
import string
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

import torch

from pipeline import align
from pipeline.control import Control
from pipeline.data import Audio, Span, Word
from pipeline.decode import MAX_TEXT_TOKENS, Decoded, Reading, decode, language_odds
from pipeline.names import Names, Swap
from pipeline.pauses import find_pauses
from pipeline.speech import Probabilities
from pipeline.tokens import WordTokens
from pipeline.whisper import STATE_S, WINDOW_S, Whisper
from pipeline.windows import Window, pack, stacked

log = logging.getLogger(__name__)

BATCH = {"cpu": 8, "cuda": 24}  # windows at once
ENCODE_AT_ONCE = {"cpu": 2, "cuda": 24}  # as fast as more on two cores, and sooner to stop
LANGUAGE_WINDOWS = 6  # heard to tell the language
TEMPERATURES = (0.4, 0.8)  # tried in order for a window that failed
NO_SPEECH = 0.6
SURELY_SILENT_LOG_PROBABILITY = -0.6  # "no speech" counts only where the text is unsure as well
MIN_WORD_S = 0.04
NAME_ROUNDS = 3  # of looking for the caller's names in one window
# Natural logarithms by which a name may be less likely than what was heard, since the caller
# expects it: for each of its tokens where it is much alike, and in all.
CREDIT, MOST_CREDIT = 3.0, 10.0

_ISO = {"jv": "jw", "nb": "no"}  # ISO 639-1 → Whisper's name, where they differ


def transcribe(
    audio: Audio,
    spans: Sequence[Span],
    probability: Probabilities,
    *,
    model: Whisper,
    language: str | None,
    control: Control,
    vocabulary: Sequence[str] = (),
) -> tuple[str, tuple[Word, ...]]:
    """Language (ISO 639-1) and words in time order. `language` None: detect it.

    Where something like a name of `vocabulary` is heard, it is written as it stands there.
    """
    windows = pack(spans, probability)
    if not windows:
        return language or "en", ()
    if language is None:
        control.report("transcribe", 0.0)
        language = detect_language(audio, windows, model, control)
    code = _ISO.get(language, language)
    listener = _Listener(
        audio=audio, model=model, code=code, control=control,
        names=Names(vocabulary),
    )  # fmt: skip
    words: list[Word] = []
    for first in range(0, len(windows), listener.batch):
        control.report("transcribe", first / len(windows))
        words += _hear(listener, windows[first : first + listener.batch])
    control.report("transcribe", 1.0)
    return language, tuple(words)


def known_languages(model: Whisper) -> frozenset[str]:
    """ISO codes that `language` may have."""
    back = {whisper: iso for iso, whisper in _ISO.items()}
    return frozenset(back.get(code, code) for code in model.vocabulary.languages)


def check_language(model: Whisper, language: str | None) -> None:
    """Raise ValueError, with the languages that are known, where this is none."""
    known = known_languages(model)
    if language is not None and language not in known:
        raise ValueError(f"language {language!r} is unknown. Known: {', '.join(sorted(known))}.")


def detect_language(
    audio: Audio, windows: Sequence[Window], model: Whisper, control: Control
) -> str:
    """The likeliest language over windows spread through the talk, not only its beginning."""
    count = min(LANGUAGE_WINDOWS, len(windows))
    heard = [windows[round(i * (len(windows) - 1) / max(1, count - 1))] for i in range(count)]
    states = _encoded(model, audio, heard, control)
    odds = language_odds(model, states, control.check)
    best = max(odds, key=odds.__getitem__)
    log.info("language %s (%.2f) by %d windows", best, odds[best], count)
    return {whisper: iso for iso, whisper in _ISO.items()}.get(best, best)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listener:
    """What stays the same through one transcription."""

    audio: Audio
    model: Whisper
    code: str  # Whisper's name of the language
    control: Control
    names: Names

    @property
    def batch(self) -> int:
        """Windows at once."""
        return BATCH[self.model.device.type]

    def decode(self, states: torch.Tensor, temperature: float = 0.0) -> list[Decoded]:
        """Text of windows; stops within a step once the job is canceled."""
        return decode(
            self.model, states, self.code, temperature=temperature, check=self.control.check
        )

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


def _encoded(
    model: Whisper, audio: Audio, windows: Sequence[Window], control: Control
) -> torch.Tensor:
    """Encoder states of windows, a few at a time on a CPU so that cancelling need not wait."""
    at_once = ENCODE_AT_ONCE[model.device.type]
    parts = []
    for first in range(0, len(windows), at_once):
        control.check()
        part = stacked(windows[first : first + at_once], audio, WINDOW_S)
        parts.append(model.encode(model.log_mel(part), control.check))
    return torch.cat(parts)


def _hear(listener: _Listener, windows: Sequence[Window]) -> Iterator[Word]:
    """Words of some windows, in order.

    A window that failed is heard again piece by piece: what confused the decoder is rarely in all
    of them, and talk that really repeats itself is short in each. A single piece that fails is
    decoded again at higher temperatures.
    """
    states = _encoded(listener.model, listener.audio, windows, listener.control)
    decoded = listener.decode(states)
    failed = [i for i, d in enumerate(decoded) if not listener.good(d)]
    alone = [i for i in failed if len(windows[i].pieces) == 1]
    for i, result in zip(alone, _warmer(listener, states, decoded, alone), strict=True):
        decoded[i] = result
    if listener.names:
        decoded = [
            _named(listener, states[i : i + 1], d) if listener.is_speech(d) else d
            for i, d in enumerate(decoded)
        ]
    timed = _timed_words(listener, windows, decoded)
    for i, (window, found) in enumerate(zip(windows, timed, strict=True)):
        if i in failed and i not in alone:
            parts = [Window((piece,)) for piece in window.pieces]
            for first in range(0, len(parts), listener.batch):
                yield from _hear(listener, parts[first : first + listener.batch])
        else:
            yield from found


def _warmer(
    listener: _Listener, states: torch.Tensor, decoded: Sequence[Decoded], rows: Sequence[int]
) -> list[Decoded]:
    """The best of several temperatures for each of these rows."""
    best = {row: decoded[row] for row in rows}
    for temperature in TEMPERATURES:
        left = [row for row in rows if not listener.good(best[row])]
        if not left:
            break
        again = listener.decode(states[left], temperature)
        for row, result in zip(left, again, strict=True):
            if listener.good(result) or _better(result, best[row]):
                best[row] = result
    return [best[row] for row in rows]


def _named(listener: _Listener, states: torch.Tensor, decoded: Decoded) -> Decoded:
    """The text with the caller's names where they fit the sound about as well as what was heard.

    A name makes others likelier, so the text is read again after each round that found some.
    """
    model = listener.model
    for _ in range(NAME_ROUNDS):
        listener.control.check()
        words = model.vocabulary.words(decoded.tokens, listener.code)
        swaps = listener.names.swaps([word.text.strip() for word in words])
        if not swaps:
            break
        reading = Reading(model, states, listener.code, decoded.tokens)
        tokens = _swapped(listener, reading, words, swaps)
        if tokens == decoded.tokens or len(tokens) > MAX_TEXT_TOKENS:
            break
        reading = Reading(model, states, listener.code, tokens)
        decoded = replace(
            decoded, tokens=tokens, log_probabilities=reading.log_probabilities,
            attention=reading.attention,
        )  # fmt: skip
    return decoded


def _swapped(
    listener: _Listener, reading: Reading, words: Sequence[WordTokens], swaps: Sequence[Swap]
) -> tuple[int, ...]:
    """The tokens of the words, with the names in place of what they are about as likely as."""
    starts = [0, *accumulate(len(word.tokens) for word in words)]
    fitting: list[tuple[float, Swap, list[int]]] = []
    for swap in sorted(swaps, key=lambda s: -s.first):  # from the end, as Reading wants it
        listener.control.check()
        space = " " if words[swap.first].text.startswith(" ") else ""
        new = listener.model.vocabulary.encode(space + swap.text)
        gain = reading.gain(starts[swap.first], starts[swap.end], new)
        sure = gain + _credit(listener, words[swap.first : swap.end], swap, len(new))
        log.debug("%r for words %d-%d: %.1f, with credit %.1f", swap.text, swap.first, swap.end,
                  gain, sure)  # fmt: skip
        if sure > 0:
            fitting.append((sure, swap, new))
    pieces = [list(word.tokens) for word in words]
    taken: set[int] = set()
    for _, swap, new in sorted(fitting, key=lambda f: -f[0]):
        if taken.isdisjoint(range(swap.first, swap.end)):
            taken.update(range(swap.first, swap.end))
            pieces[swap.first : swap.end] = [new] + [[]] * (swap.end - swap.first - 1)
    return tuple(token for piece in pieces for token in piece)


def _credit(listener: _Listener, words: Sequence[WordTokens], swap: Swap, tokens: int) -> float:
    """By how much a name of so many tokens may be less likely than the words that were heard.

    Words that the recogniser has tokens for were hardly misheard, and stay: bread is not Brad.
    """
    texts = [word.text.strip(string.punctuation + string.whitespace + "…“”") for word in words]
    known = all(len(listener.model.vocabulary.encode(f" {text}")) == 1 for text in texts)
    joined = len(words) > 1 and swap.alike == 1.0  # the same letters, written otherwise
    if known and not joined:
        return 0.0
    return min(MOST_CREDIT, tokens * CREDIT * min(1.0, (swap.alike - 0.5) / 0.2))


def _timed_words(
    listener: _Listener, windows: Sequence[Window], decoded: Sequence[Decoded]
) -> list[list[Word]]:
    """Words of each window on the source timeline; none where nobody spoke."""
    kept = [i for i, d in enumerate(decoded) if listener.is_speech(d)]
    onsets = align.token_states(
        [decoded[i].attention for i in kept],
        [math.ceil(windows[i].duration_s / STATE_S) for i in kept],
        listener.control.check,
    )
    found: list[list[Word]] = [[] for _ in windows]
    for i, states in zip(kept, onsets, strict=True):
        words = list(_words(decoded[i], states, listener))
        found[i] = list(_timed(windows[i], words, listener.audio))
    return found


def _better(new: Decoded, old: Decoded) -> bool:
    return (new.looped, -new.mean_log_probability) < (old.looped, -old.mean_log_probability)


def _words(
    decoded: Decoded, states: align.Floats, listener: _Listener
) -> Iterator[tuple[str, float, float]]:
    """Text, onset in the window, and probability of each word."""
    position = 0
    for word in listener.model.vocabulary.words(decoded.tokens, listener.code):
        count = len(word.tokens)
        odds = decoded.log_probabilities[position : position + count]
        if text := word.text.strip():
            yield text, float(states[position]) * STATE_S, math.exp(sum(odds) / count)
        position += count


def _timed(
    window: Window, found: Sequence[tuple[str, float, float]], audio: Audio
) -> Iterator[Word]:
    """Words on the source timeline; none reaches over a silence that was left out.

    Onsets are moved to where the sound sets in, and a word ends where it has died away.
    """
    placed = [window.locate(at_s) for _, at_s, _ in found]
    pauses = {piece: find_pauses(audio, piece) for piece in {piece for _, piece in placed}}
    onsets_s = [max(piece.start_s, pauses[piece].onset(at_s)) for at_s, piece in placed]
    end_s = 0.0
    for i, ((text, _, odds), (_, piece)) in enumerate(zip(found, placed, strict=True)):
        start_s = max(end_s, onsets_s[i])
        until_s = min([piece.end_s, *onsets_s[i + 1 : i + 2]])
        end_s = max(start_s + MIN_WORD_S, pauses[piece].end(start_s, until_s))
        yield Word(text=text, start_s=start_s, end_s=end_s, probability=odds)
