"""Clock times as people and files write them: 1:02:03, 00:01:02,500."""


def format_timecode(
    seconds: float, *, decimals: int = 3, point: str = ".", hour_digits: int = 2
) -> str:
    """H…:MM:SS and `decimals` digits after `point`, rounded; at least `hour_digits` for hours."""
    unit = 10**decimals
    whole, part = divmod(max(0, round(seconds * unit)), unit)
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours:0{hour_digits}d}:{minutes:02d}:{whole % 60:02d}{point}{part:0{decimals}d}"


def format_clock(seconds: float) -> str:
    """M:SS, or H:MM:SS from an hour on; parts of a second are dropped."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def to_seconds(hours: str | None, minutes: str | None, seconds: str | None) -> float:
    """Seconds of the parts of a clock time; a part that is not there counts nothing.

    Raises ValueError for what is no number.
    """
    return float(hours or 0) * 3600 + float(minutes or 0) * 60 + float(seconds or 0)
