"""Counts the words with the right speaker, whatever the speakers are called."""

from collections.abc import Sequence
from itertools import permutations

import numpy as np
import numpy.typing as npt

Bools = npt.NDArray[np.bool_]


def words_right(truth: Sequence[str | None], found: Sequence[str | None]) -> float:
    """Return the share of words with the right speaker, under the best mapping.

    None in `truth` is an unknown speaker. Raises ValueError if no word's speaker is known.
    """
    known = [(t, f) for t, f in zip(truth, found, strict=True) if t is not None]
    if not known:
        raise ValueError("no word's speaker is known")
    people, labels = sorted({t for t, _ in known}), sorted({str(f) for _, f in known})
    wanted = np.array([[t == person for t, _ in known] for person in people])
    heard = np.array([[str(f) == label for _, f in known] for label in labels])
    return _agreed(wanted, heard) / len(known)


def _agreed(wanted: Bools, heard: Bools) -> int:
    """Count the steps in which both agree, under the best one-to-one mapping of rows."""
    both = wanted.astype(int) @ heard.T.astype(int)
    if both.shape[0] > both.shape[1]:
        both = both.T
    rows = range(both.shape[0])
    return max(
        int(sum(both[row, column] for row, column in zip(rows, columns, strict=True)))
        for columns in permutations(range(both.shape[1]), len(rows))
    )
