"""How near the camera is in each piece of a clip that pauses were cut out of.

Where a pause is cut out within a take, a face jumps. Editors hide that by changing the picture's
size at the same moment: a step closer at one cut, back at the next. Most of the change is made on
the cut itself, which hides it; the rest follows on a curve that slows down, so that the picture
lands instead of standing still at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.core.data import Motion
from pipeline.core.timemap import TimeMap

# Whoever asks for no motion has the crop as it was planned, and plain jump cuts: a change of size
# cannot be taken out of a finished clip, a jump can be covered in any editor.
NEARER: dict[Motion, float] = {"none": 0.0, "subtle": 0.08, "punchy": 0.14}  # zoom of a near piece
ON_CUT = 0.75  # share of a change that is made on the cut
LANDING_S = 0.3  # for the rest; more movement would cost x264 time
STEP_S = 1 / 15  # between the moments at which the curve is sampled
MIN_STAY_S = 1.2  # changing sooner would jitter


@dataclass(frozen=True, slots=True, kw_only=True)
class Zoom:
    """How near a piece is shown; times are the clip's."""

    changed_s: float  # time of the cut at which the zoom last changed
    first: float  # factor on that cut
    rest: float  # factor from LANDING_S after it on

    def at(self, t_s: float) -> float:
        """Return the factor at a time, 1 or more."""
        left = 1.0 - min(1.0, max(0.0, (t_s - self.changed_s) / LANDING_S))
        return self.rest + (self.first - self.rest) * left**3

    def moments(self, start_s: float, end_s: float) -> Sequence[float]:
        """Return the times strictly within a range at which the landing has to be sampled."""
        if self.first == self.rest:
            return ()
        steps = self.changed_s + np.arange(0.0, LANDING_S + STEP_S, STEP_S).clip(max=LANDING_S)
        return [float(t_s) for t_s in steps if start_s < t_s < end_s]


def jump_zooms(cut: TimeMap, motion: Motion) -> list[Zoom]:
    """Return the zoom of each kept piece; a size stays for at least MIN_STAY_S."""
    now = Zoom(changed_s=0.0, first=1.0, rest=1.0)
    zooms: list[Zoom] = []
    for _, begins_s in cut.pieces():
        if zooms and begins_s - now.changed_s >= MIN_STAY_S:
            rest = 1.0 if now.rest > 1.0 else 1.0 + NEARER[motion]
            now = Zoom(changed_s=begins_s, first=now.rest + ON_CUT * (rest - now.rest), rest=rest)
        zooms.append(now)
    return zooms
