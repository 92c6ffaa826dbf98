"""Says how a group of words stands at each moment: entering, its spoken word moving, or at rest.

Only times and shares; nothing is drawn here. Motions advance in steps of TICK_S from the event
that starts them, so that a clip looks the same at any frame rate and a picture is drawn only when
something has moved. No motion outlasts the word or the group that it belongs to.
"""

import math
from dataclasses import dataclass

from pipeline.captions.layout.grouping import Group
from pipeline.captions.styles.style import Motion

TICK_S = 1 / 30  # between two drawn states of a motion; finer steps are not seen
ENTRANCE_S = {"pop": 5 / 30, "rise": 0.20, "fade": 0.10}  # seconds of a group's entrance
MAX_ENTRANCE_SHARE = 0.4  # share of the time that a group is on screen
WORD_S = {"pop": 0.12, "box": 0.10, "marker": 0.16}  # seconds of the spoken word's motion
MAX_WORD_SHARE = 0.6  # share of the time that a word is lit
SHAKE_S = 0.25

POP_FROM = 0.8  # scale of a group that pops in
POP_OVERSHOOT = 2.6  # parameter of ease_out_back: goes to about 1.04 on the way from 0.8 to 1
POP_PEAK = 1.045  # the largest scale of a group that pops in
RISE = 0.25  # that a group slides up, in text sizes
RISE_OPAQUE = 0.5  # share of a rise after which the group is opaque: plates would flicker
WORD_PEAK = 0.12  # growth of a spoken word that pops
WORD_REST = 2 / 3  # share of that growth which stays while the word is lit
MAX_WORD_GROWTH = 0.08  # on each side, in text sizes: long words do not reach their neighbors
SHAKE = 0.03  # text sizes to either side
SWINGS = 3.0  # full swings of a shake


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """How a group stands: shares of time of its motions, 1 where they have ended."""

    spoken: int  # index of the word
    entrance: float = 1.0
    word: float = 1.0  # share of the spoken word's motion
    wipe: float = 1.0  # share of the spoken word that is uncovered
    shake: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """How a group's picture is changed while it enters."""

    scale: float = 1.0
    down: float = 0.0  # text sizes below its place
    opacity: float = 1.0


def moment(group: Group, motion: Motion, t_s: float) -> Moment:
    """Return how the group stands at `t_s`, a time at which it is on screen."""
    spoken = group.spoken(t_s)
    begun_s, over_s = _lit(group, spoken)
    age_s, lasts_s = t_s - begun_s, over_s - begun_s
    entering_s = min(
        ENTRANCE_S.get(motion.entrance, 0.0), MAX_ENTRANCE_SHARE * (group.end_s - group.start_s)
    )
    word_s = min(WORD_S.get(motion.word, 0.0), MAX_WORD_SHARE * lasts_s)
    shaking = motion.shake and spoken in group.key
    return Moment(
        spoken=spoken,
        entrance=_share(t_s - group.start_s, entering_s),
        word=_share(age_s, word_s),
        wipe=_share(age_s, _wiping_s(group, motion, spoken, lasts_s)),
        shake=_share(age_s, min(SHAKE_S, MAX_WORD_SHARE * lasts_s)) if shaking else 1.0,
    )


def entrance(motion: Motion, share: float) -> Entrance:
    """Return the change of a group's picture at this share of its entrance."""
    if share >= 1.0 or motion.entrance not in ENTRANCE_S:
        return Entrance()
    if motion.entrance == "pop":
        return Entrance(scale=POP_FROM + (1 - POP_FROM) * ease_out_back(share, POP_OVERSHOOT))
    if motion.entrance == "fade":
        return Entrance(opacity=ease_out_cubic(share))
    down = RISE * (1 - ease_out_cubic(share))
    return Entrance(down=down, opacity=ease_out_cubic(share / RISE_OPAQUE))


def word_peak(width: float, size: float) -> float:
    """Return the largest scale of a spoken word that pops; less for long words.

    `width` of the word and `size` of its text in pixels.
    """
    return 1 + min(WORD_PEAK, 2 * MAX_WORD_GROWTH * size / max(width, 1e-6))


def word_scale(share: float, peak: float) -> float:
    """Return the scale of a spoken word that pops: up to its peak, then to its size while lit."""
    rest = 1 + (peak - 1) * WORD_REST
    if share >= 1.0:
        return rest
    if share < 0.5:
        return 1 + (peak - 1) * ease_out_cubic(2 * share)
    return peak + (rest - peak) * ease_in_out_cubic(2 * share - 1)


def shake_offset(share: float) -> float:
    """Return how far to the right a word is shaken, in text sizes."""
    return SHAKE * damped_swing(share)


def plate_progress(share: float) -> float:
    """Return how far a plate has slid from the last word to the spoken one, 0..1."""
    return ease_in_out_cubic(share)


def _lit(group: Group, index: int) -> tuple[float, float]:
    """Return when a word's highlight begins and ends."""
    words = group.words
    begun_s = max(group.start_s, words[index].start_s) if index else group.start_s
    over_s = words[index + 1].start_s if index + 1 < len(words) else group.end_s
    return begun_s, max(begun_s, over_s)


def _wiping_s(group: Group, motion: Motion, spoken: int, lasts_s: float) -> float:
    """Return the seconds in which the spoken word is uncovered; 0 at once."""
    word = group.words[spoken]
    said_s = min(word.end_s - word.start_s, lasts_s)
    if motion.word == "sweep" or motion.entrance == "type":
        return max(0.0, said_s)
    return min(WORD_S["marker"], said_s) if motion.word == "marker" else 0.0


def _share(age_s: float, lasts_s: float) -> float:
    """Return the share of a motion at the end of the current tick: its first picture has moved."""
    ticks = math.floor(age_s / TICK_S + 1e-6) + 1
    return 1.0 if ticks * TICK_S >= lasts_s - 1e-9 else _clamp(ticks * TICK_S / lasts_s)


# Easing curves (Penner, "Robert Penner's Easing Functions", 2001): how far a motion has come, for
# the share of its time that has passed; 0 at the start, 1 at the end.


def _clamp(share: float) -> float:
    return min(1.0, max(0.0, share))


def ease_out_cubic(share: float) -> float:
    """Start fast and settle softly."""
    return 1 - (1 - _clamp(share)) ** 3


def ease_in_out_cubic(share: float) -> float:
    """Start and settle softly, fastest in the middle."""
    share = _clamp(share)
    return 4 * share**3 if share < 0.5 else 1 - (2 - 2 * share) ** 3 / 2


def ease_out_back(share: float, overshoot: float) -> float:
    """Start fast, go beyond the end, and come back to it."""
    left = _clamp(share) - 1
    return 1 + (overshoot + 1) * left**3 + overshoot * left**2


def damped_swing(share: float) -> float:
    """Swing about 0 between -1 and 1, less and less: 0 at the start and at the end."""
    share = _clamp(share)
    return math.sin(2 * math.pi * SWINGS * share) * (1 - share) ** 2
