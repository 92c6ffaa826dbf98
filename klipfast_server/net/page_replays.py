"""What people go back to in the video of a web page, which any page may tell in any form."""

import math
from itertools import islice

MAX_PARTS = 1000


def page_replays(told: object) -> list[dict[str, float]]:
    """Return the parts of yt-dlp's `heatmap` as `Replayed` has them; what is none is left out."""
    if not isinstance(told, list):
        return []
    return [part for part in map(_part, islice(told, MAX_PARTS)) if part]


def _part(told: object) -> dict[str, float]:
    if not isinstance(told, dict):
        return {}
    numbers = []
    for name in ("start_time", "end_time", "value"):
        number = told.get(name)
        if not isinstance(number, int | float) or not math.isfinite(number) or number < 0:
            return {}
        numbers.append(float(number))
    start_s, end_s, value = numbers
    return {"start_s": start_s, "end_s": end_s, "value": value} if start_s < end_s else {}
