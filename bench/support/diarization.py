"""Measures how well found turns agree with the true ones.

The diarization error rate (NIST Rich Transcription, md-eval) is the seconds of missed, false and
confused speakers over all seconds of true speech, under the best mapping of found speakers to true
ones. If two people talk at once, both count. simpleder computes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module

Turn = tuple[float, float, str]  # start, s; end, s; speaker


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
