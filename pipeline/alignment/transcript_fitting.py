"""Time the caller's own words by the recognized ones.

The recognizer transcribes the same talk, with some errors. Words that both texts share take the
recognized times; those between them are spread over the remaining time in proportion to their
length, and within their cues if the caller gave times.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby

from pipeline.alignment.sequence_matching import Pair, match
from pipeline.alignment.transcript_reader import GivenWord, split_token
from pipeline.core.control import Check, unchecked
from pipeline.core.data import Span, Word
from pipeline.core.errors import TranscriptMismatch

MIN_MATCHED = 0.2  # share of words that must match, or the transcript belongs to another talk
FEW_WORDS = 5  # with up to this many words, one match is enough
UNHEARD_PROBABILITY = 0.5  # probability given to a word that was not recognized
MIN_WORD_S = 0.04  # minimum duration of a word
MAX_LETTER_S = 0.09  # maximum duration of a letter, for words placed in silence
MIN_WORD_LETTERS = 2.0  # a word counts as at least this many letters

Times = tuple[float, float, float]  # start in s, end in s, probability


@dataclass(frozen=True, slots=True)
class Fitted:
    """The caller's words with times."""

    words: tuple[Word, ...]
    speakers: tuple[str | None, ...]  # one per word, as given by the caller
    unheard: tuple[int, ...]  # indices of words whose times are estimates


@dataclass(slots=True)
class _Fit:
    """Work in progress: the words, and the times of those that already have them."""

    words: Sequence[GivenWord]
    times: list[Times | None]
    bound: Span


def fit_transcript(
    given: Sequence[GivenWord],
    recognized: Sequence[Word],
    bound: Span,
    *,
    part: bool,
    check: Check = unchecked,
) -> Fitted:
    """Return the given words with times within `bound`, ascending.

    `part`: only a part of the source was transcribed, so words before and after it are dropped.
    `check` is called regularly: hours of talk take a second or two. Raises TranscriptMismatch if
    hardly any of the words were recognized.
    """
    if part:
        given = [
            w
            for w in given
            if w.cue is None or (w.cue.end_s > bound.start_s and w.cue.start_s < bound.end_s)
        ]
    units = _split_units(recognized)
    check()
    pairs = match([normalize(w.text) for w in given], [normalize(u.text) for u in units], check)
    if part and pairs:
        given, pairs = _select_part(given, pairs, len(units))
    _refuse_other_talk(given, pairs)
    work = _Fit(given, [None] * len(given), bound)
    for i, j in pairs:
        work.times[i] = (units[j].start_s, units[j].end_s, units[j].probability)
    _fill_gaps(work, pairs, units)
    check()
    spoken = {i for i, _ in pairs}
    return Fitted(
        words=_build_words(work),
        speakers=tuple(w.speaker for w in given),
        unheard=tuple(i for i in range(len(given)) if i not in spoken),
    )


def normalize(text: str) -> str:
    """Normalize a word for comparison: letters and digits, case-folded."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in folded if c.isalnum() or unicodedata.category(c)[0] == "M")


def _split_units(recognized: Sequence[Word]) -> list[Word]:
    """Split the recognized words into letters in scripts without spaces."""
    units: list[Word] = []
    for word in recognized:
        parts = split_token(word.text)
        step_s = (word.end_s - word.start_s) / len(parts)
        for n, part in enumerate(parts):
            start_s = word.start_s + n * step_s
            end_s = word.end_s if n + 1 == len(parts) else start_s + step_s
            units.append(
                Word(text=part, start_s=start_s, end_s=end_s, probability=word.probability)
            )
    return units


def _select_part(
    given: Sequence[GivenWord], pairs: Sequence[Pair], heard: int
) -> tuple[Sequence[GivenWord], list[Pair]]:
    """Return the words of the transcribed part and their pairs.

    At both ends, the part includes as many unmatched words as were recognized there.
    """
    (first, skipped), (last, end) = pairs[0], pairs[-1]
    begin = max(0, first - skipped)
    kept = given[begin : last + heard - end]
    return kept, [(i - begin, j) for i, j in pairs]


def _refuse_other_talk(given: Sequence[GivenWord], pairs: Sequence[Pair]) -> None:
    """Raise TranscriptMismatch if too few words match.

    Only matches beside another match count, because any two texts share small words.
    """
    total = sum(1 for w in given if normalize(w.text))
    known = set(pairs)
    sure = sum(1 for i, j in pairs if {(i - 1, j - 1), (i + 1, j + 1)} & known)
    if total <= FEW_WORDS:
        sure = len(pairs)
    if sure < max(1, MIN_MATCHED * total):
        raise TranscriptMismatch(
            f"Only {sure} of the {total} words of the transcript match the recording: it seems to "
            "belong to another recording, or to be in another language."
        )


def _fill_gaps(work: _Fit, pairs: Sequence[Pair], units: Sequence[Word]) -> None:
    """Set the times of every run of words that has none."""
    spoken_at = dict(pairs)
    at = 0
    while at < len(work.words):
        if work.times[at] is not None:
            at += 1
            continue
        end = at
        while end < len(work.words) and work.times[end] is None:
            end += 1
        before = spoken_at.get(at - 1, -1)
        after = spoken_at.get(end, len(units))
        _spread(work, at, end, units[before + 1 : after])
        at = end


def _spread(work: _Fit, first: int, end: int, misheard: Sequence[Word]) -> None:
    """Spread words first..end-1 between their neighbors, over misrecognized words if any."""
    low_s, high_s = _make_room(work, first, end)
    if misheard and misheard[-1].end_s - misheard[0].start_s >= MIN_WORD_S * (end - first):
        low_s, high_s = max(low_s, misheard[0].start_s), min(high_s, misheard[-1].end_s)
    elif all(w.cue is None for w in work.words[first:end]):
        spoken_s = MAX_LETTER_S * sum(map(_length, work.words[first:end]))
        if first:
            high_s = min(high_s, low_s + spoken_s)
        else:  # words before the first recognized word end right at it
            low_s = max(low_s, high_s - spoken_s)
    # From each word to the last, added up once: again for each cue, a long run would take minutes.
    letters = list(accumulate(_length(work.words[i]) for i in reversed(range(first, end))))[::-1]
    for cue, group in groupby(range(first, end), key=lambda i: work.words[i].cue):
        run = list(group)
        low_s = _lay_cue(
            work,
            run,
            low_s,
            high_s,
            cue=cue,
            left_words=end - run[0],
            left_letters=letters[run[0] - first],
        )


def _lay_cue(
    work: _Fit,
    run: Sequence[int],
    low_s: float,
    high_s: float,
    *,
    cue: Span | None,
    left_words: int,
    left_letters: float,
) -> float:
    """Place the words of one cue and return where they end.

    `left_words`, of `left_letters`, must fit before `high_s`: those of the cue and all after it.
    """
    weights = [_length(work.words[i]) for i in run]
    share = min(1.0, sum(weights) / left_letters)
    last_s = low_s + share * (high_s - low_s)
    if cue is not None:
        latest_s = high_s - MIN_WORD_S * (left_words - len(run))
        from_s, until_s = max(low_s, cue.start_s), min(latest_s, cue.end_s)
        if until_s - from_s >= MIN_WORD_S * len(run):
            low_s, last_s = from_s, until_s
    at_s, step_s = low_s, (last_s - low_s) / sum(weights)
    for i, weight in zip(run, weights, strict=True):
        until_s = min(last_s, at_s + weight * step_s)
        work.times[i] = (at_s, max(at_s, until_s), UNHEARD_PROBABILITY)
        at_s = max(at_s, until_s)
    return at_s


def _make_room(work: _Fit, first: int, end: int) -> tuple[float, float]:
    """Return the time between two neighbors; if it is too short, they give up to half of theirs."""
    before = work.times[first - 1] if first else None
    after = work.times[end] if end < len(work.words) else None
    low_s = before[1] if before else work.bound.start_s
    high_s = after[0] if after else work.bound.end_s
    missing_s = MIN_WORD_S * (end - first) - (high_s - low_s)
    if missing_s > 0 and before:
        low_s -= min(missing_s, (before[1] - before[0]) / 2)
        work.times[first - 1] = (before[0], low_s, before[2])
    missing_s = MIN_WORD_S * (end - first) - (high_s - low_s)
    if missing_s > 0 and after:
        high_s += min(missing_s, (after[1] - after[0]) / 2)
        work.times[end] = (high_s, after[1], after[2])
    return low_s, high_s


def _length(word: GivenWord) -> float:
    """Return the speaking time of a word in letters; a lone mark takes hardly any."""
    bare = normalize(word.text)
    return max(MIN_WORD_LETTERS, len(bare)) if bare else 0.1


def _build_words(work: _Fit) -> tuple[Word, ...]:
    """Build all words, with non-decreasing times."""
    words: list[Word] = []
    at_s = work.bound.start_s
    for given, times in zip(work.words, work.times, strict=True):
        assert times is not None
        start_s = min(max(at_s, times[0]), work.bound.end_s)
        end_s = min(max(start_s, times[1]), work.bound.end_s)
        words.append(Word(text=given.text, start_s=start_s, end_s=end_s, probability=times[2]))
        at_s = end_s
    return tuple(words)
