"""Measures how well found turns agree with the true ones.

The diarization error rate (NIST Rich Transcription, md-eval) is the seconds of missed, false and
confused speakers over all seconds of true speech, under the best mapping of found speakers to true
ones. If two people talk at once, both count. simpleder computes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import permutations

import numpy as np
import numpy.typing as npt

Turn = tuple[float, float, str]  # start, s; end, s; speaker
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Errors:
    """What is wrong with found turns, in seconds; who talks at once is counted apiece."""

    spoken_s: float  # true speech
    missed_s: float
    false_alarm_s: float
    confused_s: float

    @property
    def rate(self) -> float:
        """Diarization error rate, 0 or more."""
        return (self.missed_s + self.false_alarm_s + self.confused_s) / self.spoken_s


def find_errors(truth: Sequence[Turn], found: Sequence[Turn], *, collar_s: float = 0.0) -> Errors:
    """Return the errors; `collar_s` on either side of true borders is ignored.

    Raises RuntimeError if the scorer is not installed.
    """
    try:
        scorer = import_module("simpleder")
    except ImportError as error:
        raise RuntimeError(
            "The error rate needs simpleder and scipy; make install-dev installs them."
        ) from error
    scored = scorer.DER(_named(truth), _named(found), collar=collar_s, detailed=True)
    return Errors(
        spoken_s=scored["ref_length"],
        missed_s=scored["miss"],
        false_alarm_s=scored["false_alarm"],
        confused_s=scored["confusion"],
    )


def _named(turns: Sequence[Turn]) -> list[tuple[str, float, float]]:
    return [(speaker, start_s, end_s) for start_s, end_s, speaker in turns]


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
