"""Texts that draw nothing, a measure with a bounded number of calls, and how light colors are."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

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


def light(rgb: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Relative luminance of WCAG 2, of 0..255."""
    share = np.asarray(rgb) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear @ [0.2126, 0.7152, 0.0722])
