"""Time the words of a window on the source timeline."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence

from pipeline.core.arrays import F32
from pipeline.core.control import Check
from pipeline.core.data import Audio, Word
from pipeline.recognition import confidence, token_alignment
from pipeline.recognition.decoding import Decoded
from pipeline.recognition.onsets import find_pauses
from pipeline.recognition.whisper import STATE_S, Whisper
from pipeline.recognition.windows import Window

MIN_WORD_S = 0.04  # minimum duration of a word


def time_words(
    windows: Sequence[Window],
    decoded: Sequence[Decoded],
    *,
    model: Whisper,
    audio: Audio,
    check: Check,
) -> list[list[Word]]:
    """Return the words of each window.

    `check` is called before each window and may raise to stop.
    """
    onsets = token_alignment.token_states(
        [d.attention for d in decoded],
        [math.ceil(window.duration_s / STATE_S) for window in windows],
        check,
    )
    found = []
    for window, result, states in zip(windows, decoded, onsets, strict=True):
        check()
        words = list(_words(model, result, states))
        found.append(list(place_words(window, words, audio)))
    return found


def _words(model: Whisper, decoded: Decoded, states: F32) -> Iterator[tuple[str, float, float]]:
    """Yield text, onset in the window, and probability of each word."""
    found = list(spelled_words(model, decoded))
    sure = confidence.probabilities(
        [log_probabilities for _, _, log_probabilities in found],
        decoded.mean_log_probability,
        model.confidence,
    )
    for (text, first, _), probability in zip(found, sure, strict=True):
        yield text, float(states[first]) * STATE_S, probability


def spelled_words(model: Whisper, decoded: Decoded) -> Iterator[tuple[str, int, tuple[float, ...]]]:
    """Yield text, index of the first token, and log-probability of each token of every word."""
    first = 0
    for word in model.vocabulary.words(decoded.tokens, decoded.language):
        end = first + len(word.tokens)
        if text := word.text.strip():
            yield text, first, decoded.log_probabilities[first:end]
        first = end


def place_words(
    window: Window, found: Sequence[tuple[str, float, float]], audio: Audio
) -> Iterator[Word]:
    """Place words, given as text, onset in the window (s) and probability, on the source timeline.

    No word extends over a silence that was left out, or beyond its piece of the window. Onsets move
    to where the sound starts, and a word ends where its sound fades.
    """
    located = [window.locate(at_s) for _, at_s, _ in found]
    counts = Counter(piece for _, piece in located)
    pauses = {piece: find_pauses(audio, piece) for piece in counts}
    onsets_s = [max(piece.start_s, pauses[piece].onset(at_s)) for at_s, piece in located]
    left, end_s = counts.copy(), 0.0
    for i, ((text, _, probability), (_, piece)) in enumerate(zip(found, located, strict=True)):
        # Speech spans are multiples of 32 ms, so the last may reach beyond the sound.
        bound_s = max(piece.start_s, min(piece.end_s, audio.duration_s))
        shortest_s = min(MIN_WORD_S, (bound_s - piece.start_s) / counts[piece])
        left[piece] -= 1
        start_s = min(max(end_s, onsets_s[i]), bound_s - (left[piece] + 1) * shortest_s)
        until_s = min([bound_s, *onsets_s[i + 1 : i + 2]])
        end_s = max(start_s + shortest_s, pauses[piece].end(start_s, until_s))
        end_s = min(end_s, bound_s - left[piece] * shortest_s)
        yield Word(text=text, start_s=start_s, end_s=end_s, probability=probability)
