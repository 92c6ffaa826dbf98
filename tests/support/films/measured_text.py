"""Texts that draw nothing, and a measure that is called a bounded number of times."""

from collections.abc import Callable

# Zero-width space, right-to-left override, soft hyphen, byte order mark, a combining accent alone,
# a variation selector, a Hangul filler, the empty Braille pattern, an unassigned ignorable one.
INVISIBLE = (
    "\u200b",
    "\u202e",
    "\u00ad",
    "\ufeff",
    "\u0301",
    "\ufe0f",
    "\u3164",
    "\u2800",
    "\U000e0fff",
    " \u200b \u2060\t",
)


class Bounded:
    """A measure of text that fails the test after too many calls, instead of going on for ever."""

    def __init__(self, measure: Callable[[str], float], calls: int) -> None:
        self._measure = measure
        self._left = calls

    def __call__(self, text: str) -> float:
        """Return the width of `text`, in pixels."""
        self._left -= 1
        assert self._left >= 0, "measured too often"
        return self._measure(text)
