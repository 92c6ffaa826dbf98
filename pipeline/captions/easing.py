"""Easing curves: how far a motion has come, for the share of its time that has passed.

Each takes a share of time from 0 to 1 and returns 0 at its start and 1 at its end; the curves are
those that animators know by these names (Penner, "Robert Penner's Easing Functions", 2001).
"""

import math

BACK = 1.70158  # parameter of ease_out_back: overshoots by a tenth of the way
SHAKES = 3.0  # full swings of a damped shake


def clamp(share: float) -> float:
    """Return the share, cut to 0..1."""
    return min(1.0, max(0.0, share))


def ease_out_cubic(share: float) -> float:
    """Start fast and settle softly."""
    return 1 - (1 - clamp(share)) ** 3


def ease_in_out_cubic(share: float) -> float:
    """Start and settle softly, fastest in the middle."""
    share = clamp(share)
    return 4 * share**3 if share < 0.5 else 1 - (2 - 2 * share) ** 3 / 2


def ease_out_back(share: float, overshoot: float = BACK) -> float:
    """Start fast, go beyond the end, and come back to it."""
    left = clamp(share) - 1
    return 1 + (overshoot + 1) * left**3 + overshoot * left**2


def damped_swing(share: float) -> float:
    """Swing about 0 between -1 and 1, less and less: 0 at the start and at the end."""
    share = clamp(share)
    return math.sin(2 * math.pi * SHAKES * share) * (1 - share) ** 2
