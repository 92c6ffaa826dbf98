"""The title of a web page, which anybody may have written, as the title of a job."""

from pipeline.language.writing_systems import is_control, is_visible

MAX_CHARS = 200  # as of the title in a request
MAX_READ_CHARS = 10_000  # of what a page calls its title
# Marks and overrides that turn the text that follows, also what others have written there.
DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def page_title(told: object) -> str:
    """Return the title on one line, of MAX_CHARS at most; empty if nothing of it is visible."""
    text = told[:MAX_READ_CHARS] if isinstance(told, str) else ""
    kept = "".join(" " if is_control(c) else c for c in text if c not in DIRECTIONS)
    title = " ".join(kept.split())[:MAX_CHARS].rstrip()
    return title if is_visible(title) else ""
