"""Time words that are known but were recognized as something else.

`transcript_fitting` spreads such words between their neighbors in proportion to their length. Here
the decoder is forced to read the known text over the surrounding sound: its attention shows when
each word starts, as it does for words that the recognizer finds itself. Several stretches share a
window, so the cost depends on the uncertain seconds, not on the length of the source.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, groupby

import numpy as np

from pipeline.core.control import Check
from pipeline.core.data import Audio, Span, Word
from pipeline.core.parallel import map_in_threads
from pipeline.language.writing_systems import separator
from pipeline.recognition import token_alignment
from pipeline.recognition.decoding import MAX_TEXT_TOKENS, ForcedDecoding
from pipeline.recognition.whisper import STATE_S, WINDOW_S, Whisper
from pipeline.recognition.windows import MAX_S, Window, stack
from pipeline.recognition.word_timing import place_words

CONTEXT_WORDS = 3  # heard words on either side, whose times verify the alignment
MARGIN_S = 0.3  # sound kept before and after a stretch, up to the neighboring words
MAX_MEDIAN_ERROR_S = 0.25  # median error of the heard words' times beyond which nothing is used
MAX_STRAY_S = 0.15  # how far a word may lie beyond its neighbors


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Consecutive words, some of them unheard, and the span of sound that contains them."""

    first: int
    end: int  # exclusive
    span: Span
    tokens: tuple[tuple[int, ...], ...]  # one tuple per word


def align_words(
    words: Sequence[Word],
    unheard: Sequence[int],
    audio: Audio,
    *,
    model: Whisper,
    code: str,
    check: Check,
) -> tuple[Word, ...]:
    """Return the words, with those of `unheard` (ascending indices) timed by the sound.

    Words that do not fit the sound keep their times. `code` is Whisper's language code; `check` is
    called before each window and within it, and may raise to stop.
    """
    stretches = list(_find_stretches(words, unheard, model, audio.duration_s))
    groups = list(_pack_windows(stretches))

    def read(group: Sequence[_Stretch], check: Check) -> list[tuple[_Stretch, list[Word]]]:
        check()
        return list(_read(group, words, audio=audio, model=model, code=code, check=check))

    found = list(words)
    missing = set(unheard)
    threads = model.batches_at_once()
    for part in map_in_threads(read, groups, threads=threads, check=check):
        for stretch, times in part:
            _apply_times(found, stretch, times, missing)
    return tuple(found)


def _find_stretches(
    words: Sequence[Word], unheard: Sequence[int], model: Whisper, duration_s: float
) -> Iterator[_Stretch]:
    """Yield runs of unheard words with heard ones around them, skipping runs that are too long."""
    for run in _group_runs(unheard):
        first, end = max(0, run[0] - CONTEXT_WORDS), min(len(words), run[-1] + 1 + CONTEXT_WORDS)
        before_s = words[first - 1].end_s if first else 0.0
        after_s = words[end].start_s if end < len(words) else duration_s
        span = Span(
            start_s=max(before_s, words[first].start_s - MARGIN_S),
            end_s=max(words[end - 1].end_s, min(after_s, words[end - 1].end_s + MARGIN_S)),
        )
        tokens = tuple(_encode_word(words, i, first, model) for i in range(first, end))
        if 0 < span.duration_s <= MAX_S and sum(map(len, tokens)) <= MAX_TEXT_TOKENS:
            yield _Stretch(first, end, span, tokens)


def _group_runs(unheard: Sequence[int]) -> Iterator[list[int]]:
    """Group indices whose contexts touch."""
    run: list[int] = []
    for i in unheard:
        if run and i - run[-1] > CONTEXT_WORDS:
            yield run
            run = []
        run.append(i)
    if run:
        yield run


def _encode_word(words: Sequence[Word], i: int, first: int, model: Whisper) -> tuple[int, ...]:
    """Return a word's tokens, including the space before it if its script uses spaces."""
    text = words[i].text
    return tuple(
        model.vocabulary.encode(separator(words[i - 1 if i > first else i].text, text) + text)
    )


def _pack_windows(stretches: Sequence[_Stretch]) -> Iterator[list[_Stretch]]:
    """Group as many stretches as fit into one window, by sound and by text."""
    group: list[_Stretch] = []
    seconds, tokens = 0.0, 0
    for stretch in stretches:
        count = sum(map(len, stretch.tokens))
        full = seconds + stretch.span.duration_s > MAX_S or tokens + count > MAX_TEXT_TOKENS
        if group and full:
            yield group
            group, seconds, tokens = [], 0.0, 0
        group.append(stretch)
        seconds, tokens = seconds + stretch.span.duration_s, tokens + count
    if group:
        yield group


def _read(
    group: Sequence[_Stretch],
    words: Sequence[Word],
    *,
    audio: Audio,
    model: Whisper,
    code: str,
    check: Check,
) -> Iterator[tuple[_Stretch, list[Word]]]:
    """Yield the stretches of one window with their words, timed by the attention."""
    window = Window(tuple(stretch.span for stretch in group))
    mel = model.log_mel(stack([window], audio, WINDOW_S))
    states = model.encode(mel, check, sound_s=window.duration_s)
    spellings = [tokens for stretch in group for tokens in stretch.tokens]
    spelled = [token for tokens in spellings for token in tokens]
    reading = ForcedDecoding(model, states, code, spelled, check=check)
    heard_states = min(states.shape[1], round(window.duration_s / STATE_S))
    (path,) = token_alignment.token_states([reading.attention], [heard_states], check)
    starts = [0, *accumulate(map(len, spellings))]
    texts = [words[i].text for stretch in group for i in range(stretch.first, stretch.end)]
    log_probabilities = reading.log_probabilities
    onsets = [
        (text, float(path[first]) * STATE_S, float(np.exp(np.mean(log_probabilities[first:end]))))
        for text, first, end in zip(texts, starts, starts[1:], strict=False)
    ]
    timed = list(place_words(window, onsets, audio))
    at = 0
    for stretch in group:
        count = stretch.end - stretch.first
        yield stretch, timed[at : at + count]
        at += count


def _apply_times(
    found: list[Word], stretch: _Stretch, times: Sequence[Word], missing: set[int]
) -> None:
    """Write the times of the unheard words into `found` if they are credible."""
    heard = [i for i in range(stretch.first, stretch.end) if i not in missing]
    off_s = [abs(times[i - stretch.first].start_s - found[i].start_s) for i in heard]
    if heard and np.median(off_s) > MAX_MEDIAN_ERROR_S:
        return
    wanted = [i for i in range(stretch.first, stretch.end) if i in missing]
    for _, run in groupby(enumerate(wanted), key=lambda item: item[1] - item[0]):
        _apply_run(found, [i for _, i in run], stretch, times)


def _apply_run(
    found: list[Word], run: Sequence[int], stretch: _Stretch, times: Sequence[Word]
) -> None:
    """Write the times of consecutive unheard words into `found` if they are credible."""
    low_s = found[run[0] - 1].end_s if run[0] > 0 else 0.0
    high_s = found[run[-1] + 1].start_s if run[-1] + 1 < len(found) else stretch.span.end_s
    new = [times[i - stretch.first] for i in run]
    if new[0].start_s < low_s - MAX_STRAY_S or new[-1].start_s > high_s + MAX_STRAY_S:
        return
    at_s = low_s
    for i, word in zip(run, new, strict=True):
        start_s = min(max(at_s, word.start_s), high_s)
        at_s = min(max(start_s, word.end_s), high_s)
        found[i] = replace(found[i], start_s=start_s, end_s=at_s, probability=word.probability)
