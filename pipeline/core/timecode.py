"""Clock times as people and files write them: 1:02:03, 00:01:02,500."""


def format_timecode(
    seconds: float, *, decimals: int = 3, point: str = ".", hour_digits: int = 2
) -> str:
    """Format as HH:MM:SS.mmm, rounded; `decimals`, `point` and `hour_digits` vary the form."""
    unit = 10**decimals
    whole, part = divmod(max(0, round(seconds * unit)), unit)
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours:0{hour_digits}d}:{minutes:02d}:{whole % 60:02d}{point}{part:0{decimals}d}"


def format_clock(seconds: float) -> str:
    """Format as M:SS, or H:MM:SS from an hour on; drop fractions of a second."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def to_seconds(hours: str | None, minutes: str | None, seconds: str | None) -> float:
    """Return the seconds of a clock time given as parts; a missing part counts as 0.

    Raises ValueError for a part that is not a number.
    """
    return float(hours or 0) * 3600 + float(minutes or 0) * 60 + float(seconds or 0)
