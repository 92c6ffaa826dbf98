"""The title of a web page, which anybody may have written, as the title of a job."""

from pipeline.language.writing_systems import DIRECTIONS, is_control, is_visible

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
