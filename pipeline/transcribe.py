"""Words with times from sound and speech spans.

Windows → log-mel → encoder → decoder → alignment → words, a batch at a time, so memory does not
grow with the length. A window whose text looks invented is decoded again at a higher
temperature; one that stays so is dropped.
"""

import logging
import math
from collections.abc import Iterator, Sequence

import torch

from pipeline import align
from pipeline.control import Control
from pipeline.data import Audio, Span, Word
from pipeline.decode import Decoded, decode, language_odds
from pipeline.speech import CHUNK_S, OFF, Probabilities
from pipeline.whisper import STATE_S, WINDOW_S, Whisper
from pipeline.windows import Window, pack, stacked

log = logging.getLogger(__name__)

BATCH = {"cpu": 8, "cuda": 24}  # windows at once
LANGUAGE_WINDOWS = 6  # heard to tell the language
TEMPERATURES = (0.4, 0.8)  # tried in order for a window that failed
NO_SPEECH = 0.6
SURELY_SILENT_LOG_PROBABILITY = -0.6  # "no speech" counts only where the text is unsure as well
MIN_WORD_S = 0.04

_ISO = {"jv": "jw", "nb": "no"}  # ISO 639-1 → Whisper's name, where they differ


def transcribe(
    audio: Audio,
    spans: Sequence[Span],
    probability: Probabilities,
    *,
    model: Whisper,
    language: str | None,
    control: Control,
) -> tuple[str, tuple[Word, ...]]:
    """Language (ISO 639-1) and words in time order. `language` None: detect it."""
    windows = pack(spans, probability)
    if not windows:
        return language or "en", ()
    if language is None:
        control.report("transcribe", 0.0)
        language = detect_language(audio, windows, model)
    code = _ISO.get(language, language)
    words: list[Word] = []
    batch = BATCH[model.device.type]
    for first in range(0, len(windows), batch):
        control.report("transcribe", first / len(windows))
        part = windows[first : first + batch]
        for window, found in zip(part, _hear(audio, part, model, code, control), strict=True):
            words += _timed(window, found, probability)
    control.report("transcribe", 1.0)
    return language, tuple(words)


def known_languages(model: Whisper) -> frozenset[str]:
    """ISO codes that `language` may have."""
    back = {whisper: iso for iso, whisper in _ISO.items()}
    return frozenset(back.get(code, code) for code in model.vocabulary.languages)


def detect_language(audio: Audio, windows: Sequence[Window], model: Whisper) -> str:
    """The likeliest language over windows spread through the talk, not only its beginning."""
    count = min(LANGUAGE_WINDOWS, len(windows))
    heard = [windows[round(i * (len(windows) - 1) / max(1, count - 1))] for i in range(count)]
    states = model.encode(model.log_mel(stacked(heard, audio, WINDOW_S)))
    odds = language_odds(model, states)
    best = max(odds, key=odds.__getitem__)
    log.info("language %s (%.2f) by %d windows", best, odds[best], count)
    return {whisper: iso for iso, whisper in _ISO.items()}.get(best, best)


def _hear(
    audio: Audio, windows: Sequence[Window], model: Whisper, language: str, control: Control
) -> list[list[tuple[str, float, float, float]]]:
    """Per window its words as (text, start_s, end_s, probability), in window time."""
    states = model.encode(model.log_mel(stacked(windows, audio, WINDOW_S)))
    decoded = decode(model, states, language)
    for temperature in TEMPERATURES:
        failed = [i for i, d in enumerate(decoded) if not _good(d, model)]
        if not failed:
            break
        control.check()
        again = decode(model, states[torch.tensor(failed)], language, temperature)
        for i, result in zip(failed, again, strict=True):
            if _good(result, model) or _better(result, decoded[i]):
                decoded[i] = result
    kept = [d if _heard(d, model) else None for d in decoded]
    sound = [math.ceil(w.duration_s / STATE_S) for w in windows]
    aligned = iter(
        align.token_states(
            [d.attention for d in kept if d], [n for n, d in zip(sound, kept, strict=True) if d]
        )
    )
    return [list(_words(d, next(aligned), model, language)) if d else [] for d in kept]


def _good(decoded: Decoded, model: Whisper) -> bool:
    return decoded.is_trusted(model.vocabulary.decode(decoded.tokens))


def _better(new: Decoded, old: Decoded) -> bool:
    return (new.looped, -new.mean_log_probability) < (old.looped, -old.mean_log_probability)


def _heard(decoded: Decoded, model: Whisper) -> bool:
    """Whether a window has words at all: silence and music must not."""
    if not decoded.tokens:
        return False
    unsure = decoded.mean_log_probability < SURELY_SILENT_LOG_PROBABILITY
    return not (decoded.no_speech > NO_SPEECH and unsure) and (
        _good(decoded, model) or decoded.no_speech < NO_SPEECH / 2
    )


def _words(
    decoded: Decoded, states: align.Indices, model: Whisper, language: str
) -> Iterator[tuple[str, float, float, float]]:
    """Words of one window; a word ends where the next token begins."""
    position = 0
    for word in model.vocabulary.words(decoded.tokens, language):
        count = len(word.tokens)
        start_s = float(states[position]) * STATE_S
        end_s = float(states[position + count]) * STATE_S
        odds = decoded.log_probabilities[position : position + count]
        position += count
        if text := word.text.strip():
            yield text, start_s, end_s, math.exp(sum(odds) / count)


def _timed(
    window: Window, found: list[tuple[str, float, float, float]], probability: Probabilities
) -> Iterator[Word]:
    """Words on the source timeline; none reaches over a silence that was left out."""
    previous_end_s = 0.0
    for text, start_s, end_s, odds in found:
        at_s, piece = window.locate(start_s)
        at_s = _first_speech(at_s, min(piece.end_s, at_s + end_s - start_s), probability)
        at_s = max(at_s, previous_end_s)
        until_s = max(at_s + MIN_WORD_S, min(piece.end_s, window.locate(end_s)[0]))
        previous_end_s = until_s
        yield Word(text=text, start_s=at_s, end_s=until_s, probability=odds)


def _first_speech(start_s: float, end_s: float, probability: Probabilities) -> float:
    """First moment of [start_s, end_s) with speech: attention begins early after a pause."""
    first, last = int(start_s / CHUNK_S), int(end_s / CHUNK_S)
    for chunk in range(first, min(last, len(probability))):
        if probability[chunk] >= OFF:
            return max(start_s, chunk * CHUNK_S)
    return start_s
