"""The title of a video's page, and what people go back to, which any page may tell in any form."""

import math
from itertools import islice

from pipeline.language.writing_systems import DIRECTIONS, is_control, is_visible

MAX_PARTS = 1000  # limit on the parts of a page's replay curve
MAX_CHARS = 200  # limit on a title, the same as in a request
MAX_READ_CHARS = 10_000  # part of a page's title that is read
MARKS = "\u061c\u200e\u200f"  # invisible direction marks
DROPPED = DIRECTIONS | frozenset(MARKS)


def page_title(told: object) -> str:
    """Return the title on one line, of MAX_CHARS at most; empty if nothing of it is visible."""
    text = told[:MAX_READ_CHARS] if isinstance(told, str) else ""
    kept = "".join(" " if is_control(c) else c for c in text if c not in DROPPED)
    title = " ".join(kept.split())[:MAX_CHARS].rstrip()
    return title if is_visible(title) else ""


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
