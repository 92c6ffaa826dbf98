"""The share of a job that each stage takes, and what is left of a job in progress."""

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
LISTENING = (BEFORE_CLIPS["probe"][1], BEFORE_CLIPS["highlights"][1])
CLIPS = (0.47, 0.98)
WRITE = (0.98, 1.00)


def left_of(stage: tuple[float, float], value: float) -> float:
    """Return what is left of a stage, 0..1, in a job whose progress is `value`."""
    return min(1.0, max(0.0, (stage[1] - value) / (stage[1] - stage[0])))
