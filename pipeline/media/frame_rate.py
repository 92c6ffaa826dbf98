"""Lays a source's pictures on an even clock.

Phones, screen recordings and broken files show pictures at uneven times; captions must change in
between and every player must agree. So a clip has one picture each tick, the one on screen then.
With an evenly timed source the ticks are the source's own frames, each exactly once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from av.video.frame import VideoFrame

MAX_RATE = Fraction(60)
MIN_RATE = Fraction(24_000, 1001)  # of films; below it a spoken word lights up too late
UNEVEN_RATE = Fraction(30)
FREEZE_S = 0.5  # how long a last picture may stand when the picture ends before the sound
REST_S = 0.5  # of the clip: for less than this after it no other picture is worth showing


@dataclass(frozen=True, slots=True)
class Tick:
    """One picture of the clip."""

    t_s: float  # on the source timeline
    frame_s: float  # the source's own time of the picture
    frame: VideoFrame


def clip_rate(steady: Fraction | None, base: Fraction | None) -> Fraction:
    """Ticks a second for a source of the steady rate, or of uneven times on a grid of `base`."""
    rate = steady
    if rate is None:
        rate = base if base is not None and MIN_RATE <= base <= MAX_RATE else UNEVEN_RATE
    while rate > MAX_RATE:
        rate /= 2
    multiple = 1
    while rate * multiple < MIN_RATE:
        multiple += 1
    return rate * multiple


def ticks(
    frames: Iterator[tuple[float, VideoFrame]], start_s: float, end_s: float, rate: Fraction
) -> Iterator[Tick]:
    """The picture at each tick from `start_s` to `end_s`; ends early when the pictures do.

    Early means by REST_S or more: until then the last picture stands.
    """
    half_s = float(1 / rate) / 2
    count = max(1, round((end_s - start_s) * float(rate)))
    current = next(frames, None)
    if current is None:
        return
    following = next(frames, None)
    for n in range(count):
        t_s = start_s + float(n / rate)
        while following is not None and following[0] <= t_s + half_s:
            current, following = following, next(frames, None)
        stands_until = current[0] + max(FREEZE_S, _duration(current[1]))
        if following is None and t_s > stands_until and end_s - stands_until >= REST_S:
            return
        yield Tick(t_s, *current)


def _duration(frame: VideoFrame) -> float:
    """How long the file itself says that a picture stands, seconds; 0 when it does not say."""
    return float(frame.duration * frame.time_base) if frame.duration and frame.time_base else 0.0
