"""Finds what most editors cut within a clip: hesitations, and words that are said twice."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from pipeline.core.data import Sentence, Span, Word
from pipeline.language.disfluencies import drop_stutters
from pipeline.language.fillers import find_fillers

CutReason = Literal["filler", "repetition"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestedCut:
    """Words that may go."""

    reason: CutReason
    span: Span  # from the first word to the last


def suggest(
    words: Sequence[Word], sentences: Sequence[Sentence], language: str
) -> Iterator[SuggestedCut]:
    """Yield what may be cut of some sentences of a talk, whose words are `words`, in order."""
    for sentence in sentences:
        said = words[sentence.first_word : sentence.last_word + 1]
        hesitates = find_fillers(said, language)
        repeated = _dropped([word.text for word in said], language)
        found: list[tuple[CutReason, list[bool]]] = [
            ("filler", hesitates),
            (
                "repetition",
                [twice and not um for twice, um in zip(repeated, hesitates, strict=True)],
            ),
        ]
        yield from (
            SuggestedCut(reason=reason, span=Span(start_s=said[a].start_s, end_s=said[b - 1].end_s))
            for reason, marks in found
            if not all(marks)
            for a, b in _runs(marks)
        )


def _dropped(tokens: Sequence[str], language: str) -> list[bool]:
    """Return for each token whether it is the first of two equal ones, or broken off."""
    left = list(drop_stutters(tokens, language))
    gone = [False] * len(tokens)
    for n in range(len(tokens) - 1, -1, -1):  # from the end: the second of two stays
        if left and left[-1] == tokens[n]:
            left.pop()
        else:
            gone[n] = True
    return [False] * len(tokens) if left else gone  # it has rewritten something


def _runs(marks: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Yield (first, behind) of each run of True."""
    first = None
    for n, mark in enumerate([*marks, False]):
        if mark and first is None:
            first = n
        elif not mark and first is not None:
            yield first, n
            first = None
