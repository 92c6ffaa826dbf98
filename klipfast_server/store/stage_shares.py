"""The share of a job that each stage takes, and what is left of a job in progress."""

from dataclasses import dataclass

# Where each stage before the clips begins and ends on the whole job's scale: roughly its share of
# the time on two cores.
BEFORE_CLIPS = {
    "fetch": (0.00, 0.05),
    "probe": (0.05, 0.06),
    "audio": (0.06, 0.09),
    "speech": (0.09, 0.12),
    "transcribe": (0.12, 0.43),
    "voices": (0.43, 0.45),
    "highlights": (0.45, 0.47),
}
CLIPS = (0.47, 0.98)
WRITE = (0.98, 1.00)


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """Remaining fractions of the parts of a job, each 0..1."""

    fetch: float
    listen: float
    clips: float


def left(value: float) -> Left:
    """Return what is left of a job whose progress is `value`."""
    heard_from, heard_to = BEFORE_CLIPS["probe"][1], BEFORE_CLIPS["highlights"][1]
    return Left(
        fetch=_left_of(BEFORE_CLIPS["fetch"], value),
        listen=_left_of((heard_from, heard_to), value),
        clips=_left_of(CLIPS, value),
    )


def _left_of(span: tuple[float, float], value: float) -> float:
    return min(1.0, max(0.0, (span[1] - value) / (span[1] - span[0])))
