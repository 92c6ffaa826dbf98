"""Transcribe sound within speech spans into words with times.

Windows → log-mel → encoder → decoder → alignment → words, one batch at a time, so memory use does
not grow with the length of the source. Each batch is reported when it is done, so that an
interrupted run can resume.
"""

import hashlib
import logging
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import torch

from pipeline.core.control import Check, Control
from pipeline.core.data import Audio, Span, TranscriptChunk, Word
from pipeline.core.errors import WrongInput
from pipeline.core.memory import release_heap, release_pages
from pipeline.core.parallel import map_in_threads
from pipeline.recognition.decoding import language_probabilities
from pipeline.recognition.name_matching import Names
from pipeline.recognition.recognizer import Context, Recognizer, batches, ignore_count, recognize
from pipeline.recognition.rehearing import hear_again
from pipeline.recognition.second_hearing import hear_twice
from pipeline.recognition.vad import Probabilities
from pipeline.recognition.whisper import Whisper
from pipeline.recognition.windows import Window, pack

log = logging.getLogger(__name__)

REVISION = 2  # version of the method; raise it when the same sound yields other words
LANGUAGE_WINDOWS = 6  # windows used to detect the language

_ISO = {"jv": "jw"}  # ISO 639-1 → Whisper's code, where they differ
_ALIASES = {"nb": "no"}  # additional codes: Whisper's Norwegian is Bokmål


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
    """Return the language (ISO 639-1) and the words in time order. `language` None: detect it.

    Words that sound like a name of `vocabulary` are replaced by that name, spelled as given.
    """
    windows = pack(spans, probability)
    if not windows:
        return language or "en", ()
    key = _key(windows, model, language, vocabulary)
    parts = _resumable_chunks(control.resume_from, key)
    done = sum(part.windows for part in parts)
    tally = _Tally(control, done=done, total=len(windows))
    recognizer = Recognizer(audio=audio, model=model, check=control.check, count=tally.count)
    if parts:
        language = parts[0].language
        log.info("resuming: %d of %d windows already transcribed", done, len(windows))
    elif language is None:
        language = detect_language(recognizer, windows)
        release_heap()
    context = Context(speech=probability, code=whisper_code(language), names=Names(vocabulary))
    threads = model.batches_at_once()
    pending = list(_pending(batches(windows, model.windows_at_once(), shares=threads), done))

    def words_of(batch: Sequence[Window], check: Check) -> tuple[Word, ...]:
        checked = replace(recognizer, check=check)
        first = tuple(recognize(checked, batch, context))
        checked = replace(checked, count=ignore_count)
        pieces = [piece for window in batch for piece in window.pieces]
        whole = hear_again(checked, first, within=pieces, context=context)
        words = hear_twice(checked, whole, batch, context)
        release_heap()
        release_pages(audio.samples)
        return words

    results = map_in_threads(words_of, pending, threads=threads, check=control.check)
    for batch, words in zip(pending, results, strict=True):
        part = TranscriptChunk(
            key=key, first=done, windows=len(batch), language=language, words=words
        )
        control.on_chunk(part)
        parts.append(part)
        done += len(batch)
    control.report("transcribe", 1.0)
    return language, tuple(word for part in parts for word in part.words)


class _Tally:
    """Reports the progress of a transcription: encoding a window is half of its work."""

    def __init__(self, control: Control, *, done: int, total: int) -> None:
        self._control = control
        self._halves = 2 * done
        self._total = 2 * total
        self._lock = threading.Lock()
        self.count(0)

    def count(self, windows: int) -> None:
        """Count `windows` more as encoded or decoded. Raises Canceled."""
        with self._lock:  # reported progress never decreases
            self._halves += windows
            self._control.report("transcribe", self._halves / self._total)


def _pending(cut: Iterable[Sequence[Window]], done: int) -> Iterator[Sequence[Window]]:
    """Yield the batches without the windows that are done.

    A resumed run has the batches of the first, since noisy windows of a batch are heard together.
    """
    for batch in cut:
        if done < len(batch):
            yield batch[done:]
        done = max(0, done - len(batch))


def _key(
    windows: Sequence[Window], model: Whisper, language: str | None, vocabulary: Sequence[str]
) -> str:
    """Return a hash of everything the words depend on; different sound yields different windows."""
    network = (model.name, str(model.dtype), model.eight_bits, model.device.type)
    made_from = (REVISION, windows, network, language, tuple(vocabulary))
    return hashlib.sha256(repr(made_from).encode()).hexdigest()


def _resumable_chunks(chunks: Iterable[TranscriptChunk], key: str) -> list[TranscriptChunk]:
    """Return the chunks of an earlier run of the same work, contiguous from the first window."""
    parts: list[TranscriptChunk] = []
    done = 0
    for part in sorted(chunks, key=lambda p: p.first):
        if part.key == key and part.first == done:
            parts.append(part)
            done += part.windows
    return parts


def whisper_code(language: str) -> str:
    """Return Whisper's code for an ISO language code."""
    language = _ALIASES.get(language, language)
    return _ISO.get(language, language)


def known_languages(model: Whisper) -> frozenset[str]:
    """Return the ISO codes that `language` may have."""
    back = {whisper: iso for iso, whisper in _ISO.items()}
    codes = frozenset(back.get(code, code) for code in model.vocabulary.languages)
    return codes | frozenset(a for a, code in _ALIASES.items() if code in codes)


def check_language(model: Whisper, language: str | None) -> None:
    """Raise WrongInput, listing the known languages, if `language` is not one of them."""
    known = known_languages(model)
    if language is not None and language not in known:
        raise WrongInput(f"language {language!r} is unknown. Known: {', '.join(sorted(known))}.")


def detect_language(recognizer: Recognizer, windows: Sequence[Window]) -> str:
    """Return the likeliest language, judged from windows spread over the whole recording."""
    count = min(LANGUAGE_WINDOWS, len(windows))
    sample = [windows[round(i * (len(windows) - 1) / max(1, count - 1))] for i in range(count)]

    def encode(window: Window, check: Check) -> None:
        replace(recognizer, check=check).encode_early([window])

    threads = recognizer.model.batches_at_once()
    for _ in map_in_threads(
        encode, list(dict.fromkeys(sample)), threads=threads, check=recognizer.check
    ):
        pass
    probabilities = language_probabilities(
        recognizer.model, torch.stack([recognizer.encoded[w] for w in sample]), recognizer.check
    )
    best = max(probabilities, key=probabilities.__getitem__)
    log.info("language %s (%.2f), detected in %d windows", best, probabilities[best], count)
    return {whisper: iso for iso, whisper in _ISO.items()}.get(best, best)
