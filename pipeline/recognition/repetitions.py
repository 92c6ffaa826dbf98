"""Tell repetitions that are spoken from loops of the decoder.

Both are the same tokens again and again. What is spoken again sounds at a later place, and the
decoder attends to it there; a decoder that loops attends to the same place, or to none.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

MIN_LOOP = 4  # repetitions of a text's tail that are looked into while it is decoded
MIN_LONG_LOOP = 3  # the same of more than LONG_PERIOD tokens each
MIN_LOOP_TOKENS = 8  # in all of them
LONG_PERIOD = 20
MAX_PERIOD = 70  # tokens in one repetition: a text has room for three
MIN_ADVANCE_STATES = 3  # per token of a spoken repetition (60 ms): faster than anybody speaks


@dataclass(frozen=True, slots=True)
class Repetition:
    """A run of tokens that repeats its first `period` ones."""

    first: int  # index of the first token of the first repetition
    period: int
    count: int  # how often it is there, 2 or more

    @property
    def end(self) -> int:
        """The index after its last token."""
        return self.first + self.period * self.count


def tail_repetition(tokens: Sequence[int]) -> Repetition | None:
    """Return the repetition with which a text ends, if it is long enough to be a loop."""
    for period in range(1, min(MAX_PERIOD, len(tokens) - 1) + 1):
        if tokens[-1] != tokens[-1 - period]:
            continue
        count = _repeats_before(tokens, len(tokens), period)
        least = MIN_LOOP if period <= LONG_PERIOD else MIN_LONG_LOOP
        if count >= least and period * count >= MIN_LOOP_TOKENS:
            return Repetition(len(tokens) - period * count, period, count)
    return None


def _repeats_before(tokens: Sequence[int], end: int, period: int) -> int:
    """Return how often the last `period` tokens before `end` are there in a row, 1 or more."""
    count = 1
    while (
        end >= period * (count + 1)
        and tokens[end - period : end] == tokens[end - period * (count + 1) : end - period * count]
    ):
        count += 1
    return count


def spoken_count(found: Repetition, attention: torch.Tensor) -> int:
    """Return how many of the repetitions are spoken, from the first on; at least 1.

    attention: (tokens, heads, states), of the step that chose each token of the text.
    """
    places = _places(attention[found.first : found.end]).reshape(found.count, found.period)
    middle = np.median(places, axis=1)
    enough = np.diff(middle) >= MIN_ADVANCE_STATES * found.period
    return found.count if enough.all() else 1 + int(enough.argmin())


def _places(attention: torch.Tensor) -> np.typing.NDArray[np.int64]:
    """Return the state that each token attends to most, (tokens,)."""
    weights = attention.float()
    weights = weights / weights.sum(-1, keepdim=True).clamp(min=1e-9)
    return weights.mean(1).argmax(-1).cpu().numpy()


def without_spoken_repetitions(tokens: Sequence[int], attention: torch.Tensor) -> list[int]:
    """Return the tokens, of each run that is spoken several times only the first time.

    A text that repeats itself is suspicious; this leaves what there is to suspect.
    """
    kept: list[int] = []
    at = 0
    for found in _repetitions(tokens):
        count = spoken_count(found, attention)
        kept += tokens[at : found.first + found.period]
        at = found.first + found.period * count
    return [*kept, *tokens[at:]]


def _repetitions(tokens: Sequence[int]) -> Iterator[Repetition]:
    """Yield runs of repetitions, in order, without overlap; of several periods the shortest."""
    at = 0
    while at < len(tokens):
        found = _repetition_at(tokens, at)
        if found is None:
            at += 1
        else:
            yield found
            at = found.end


def _repetition_at(tokens: Sequence[int], first: int) -> Repetition | None:
    for period in range(1, min(MAX_PERIOD, (len(tokens) - first) // 2) + 1):
        count, part = 1, tokens[first : first + period]
        while tokens[first + period * count : first + period * (count + 1)] == part:
            count += 1
        if count > 1:
            return Repetition(first, period, count)
    return None
