"""Resample a source's pictures to a constant frame rate.

Phones, screen recordings and broken files have pictures at uneven times; captions must change in
between, and every player must agree. So a clip has one picture per tick: the one on screen at that
time. With a constant-rate source the ticks are the source's own frames, each exactly once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from av.video.frame import VideoFrame

MAX_RATE = Fraction(60)
MIN_RATE = Fraction(24_000, 1001)  # the rate of films; below it, spoken words light up too late
UNEVEN_RATE = Fraction(30)  # for sources whose frames have uneven times
FREEZE_S = 0.5  # how long the last picture may freeze when the picture ends before the sound
REST_S = 0.5  # a shorter rest of the clip does not justify switching to another picture


@dataclass(frozen=True, slots=True)
class Tick:
    """One picture of the clip."""

    t_s: float  # on the source timeline
    frame_s: float  # the picture's own time in the source
    frame: VideoFrame


def clip_rate(steady: Fraction | None, base: Fraction | None) -> Fraction:
    """Return the ticks per second of a clip.

    `steady` is the constant rate of the source; `base` is its time grid, used if there is none.
    """
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
    """Yield the picture at each tick from `start_s` to `end_s`; ends early if the pictures do.

    Early means by REST_S or more; up to that, the last picture is repeated.
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
    """Return how long the file declares a picture to last, in seconds; 0 if it does not."""
    return float(frame.duration * frame.time_base) if frame.duration and frame.time_base else 0.0
