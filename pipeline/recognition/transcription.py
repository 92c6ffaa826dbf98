"""Words with times from sound and speech spans.

Windows → log-mel → encoder → decoder → alignment → words, a batch at a time, so memory does not
grow with the length, and what was heard is handed over after each batch, so that a run that ends
early need not be in vain.
"""

import hashlib
import logging
import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace

import torch

from pipeline.core.control import Check, Control
from pipeline.core.data import Audio, Span, TranscriptChunk, Word
from pipeline.core.memory import forget, give_back
from pipeline.core.parallel import map_in_threads
from pipeline.recognition.decoding import language_odds
from pipeline.recognition.name_matching import Names
from pipeline.recognition.recognizer import Recognizer, batches, hear
from pipeline.recognition.vad import Probabilities
from pipeline.recognition.whisper import Whisper
from pipeline.recognition.windows import Window, pack

log = logging.getLogger(__name__)

LANGUAGE_WINDOWS = 6  # heard to tell the language

_ISO = {"jv": "jw"}  # ISO 639-1 → Whisper's name, where they differ
_ALIASES = {"nb": "no"}  # further codes: Bokmål is what Whisper calls Norwegian


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
    key = _key(windows, model, language, vocabulary)
    parts = _earlier(control.resume_from, key)
    done = sum(part.windows for part in parts)
    tally = _Tally(control, done=done, total=len(windows))
    ear = Recognizer(audio=audio, model=model, check=control.check, count=tally.count)
    if parts:
        language = parts[0].language
        log.info("resuming: %d of %d windows already transcribed", done, len(windows))
    elif language is None:
        language = detect_language(ear, windows)
    code, names, threads = whisper_code(language), Names(vocabulary), model.parts_at_once()
    waiting = list(batches(windows[done:], model.windows_at_once(), shares=threads))

    def words_of(batch: Sequence[Window], check: Check) -> tuple[Word, ...]:
        words = tuple(hear(replace(ear, check=check), batch, code, names))
        give_back()
        forget(audio.samples)
        return words

    heard = map_in_threads(words_of, waiting, threads=threads, check=control.check)
    for batch, words in zip(waiting, heard, strict=True):
        part = TranscriptChunk(
            key=key, first=done, windows=len(batch), language=language, words=words
        )
        control.on_chunk(part)
        parts.append(part)
        done += len(batch)
    control.report("transcribe", 1.0)
    return language, tuple(word for part in parts for word in part.words)


class _Tally:
    """Tells how far a transcription is: a window is half done when it is encoded."""

    def __init__(self, control: Control, *, done: int, total: int) -> None:
        self._control = control
        self._halves = 2 * done
        self._total = 2 * total
        self._lock = threading.Lock()
        self.count(0)

    def count(self, windows: int) -> None:
        """So many more were encoded, or decoded. Raises Canceled."""
        with self._lock:  # so that what is told only rises
            self._halves += windows
            self._control.report("transcribe", self._halves / self._total)


def _key(
    windows: Sequence[Window], model: Whisper, language: str | None, vocabulary: Sequence[str]
) -> str:
    """Names what the words of these windows depend on; another sound has other windows."""
    made_from = (windows, model.name, str(model.dtype), language, tuple(vocabulary))
    return hashlib.sha256(repr(made_from).encode()).hexdigest()


def _earlier(kept: Iterable[TranscriptChunk], key: str) -> list[TranscriptChunk]:
    """What an earlier run left of the same work, from the first window on without a gap."""
    parts: list[TranscriptChunk] = []
    done = 0
    for part in sorted(kept, key=lambda p: p.first):
        if part.key == key and part.first == done:
            parts.append(part)
            done += part.windows
    return parts


def whisper_code(language: str) -> str:
    """Whisper's name of a language that is given by its ISO code."""
    language = _ALIASES.get(language, language)
    return _ISO.get(language, language)


def known_languages(model: Whisper) -> frozenset[str]:
    """ISO codes that `language` may have."""
    back = {whisper: iso for iso, whisper in _ISO.items()}
    codes = frozenset(back.get(code, code) for code in model.vocabulary.languages)
    return codes | frozenset(a for a, code in _ALIASES.items() if code in codes)


def check_language(model: Whisper, language: str | None) -> None:
    """Raise ValueError, with the languages that are known, where this is none."""
    known = known_languages(model)
    if language is not None and language not in known:
        raise ValueError(f"language {language!r} is unknown. Known: {', '.join(sorted(known))}.")


def detect_language(ear: Recognizer, windows: Sequence[Window]) -> str:
    """The likeliest language over windows spread through the talk, not only its beginning."""
    count = min(LANGUAGE_WINDOWS, len(windows))
    heard = [windows[round(i * (len(windows) - 1) / max(1, count - 1))] for i in range(count)]

    def encode(window: Window, check: Check) -> None:
        replace(ear, check=check).encode_early([window])

    threads = ear.model.parts_at_once()
    for _ in map_in_threads(encode, list(dict.fromkeys(heard)), threads=threads, check=ear.check):
        pass
    odds = language_odds(ear.model, torch.stack([ear.encoded[w] for w in heard]), ear.check)
    best = max(odds, key=odds.__getitem__)
    log.info("language %s (%.2f), detected in %d windows", best, odds[best], count)
    return {whisper: iso for iso, whisper in _ISO.items()}.get(best, best)
