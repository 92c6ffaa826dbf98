"""Tells captions from other writing: they replace each other in one place every few seconds."""

from collections.abc import Sequence

from pipeline.core.data import Region
from pipeline.vision.text_tracks import LOOK_INTERVAL_S, Track

MIN_CAPTION_S, MAX_CAPTION_S = 0.3, 5.0  # how long a caption stays
MIN_CAPTIONS = 3  # that follow each other; two may be titles
MAX_PAUSE_S = 3.0  # between a caption and the next one
MAX_OVERLAP_S = 3 * LOOK_INTERVAL_S  # of two captions, by which times are inexact
MIN_SHARED_HEIGHT = 0.5  # of the lower of two captions that follow each other


def captions_among(found: Sequence[tuple[Region, Track]]) -> set[int]:
    """Return the indices of the texts that are captions; start times ascend."""
    chains = {n: {n} for n in range(len(found))}
    oldest = 0  # what is older has gone too long ago
    for n, (later, track) in enumerate(found):
        while found[oldest][0].start_s < later.start_s - MAX_CAPTION_S - MAX_PAUSE_S:
            oldest += 1
        for m in range(oldest, n) if track.is_new else ():
            earlier, other = found[m]
            if _replaces(later, earlier) and not track.is_same_text(other):
                chains[n] |= chains[m]
                chains.update(dict.fromkeys(chains[n], chains[n]))
    return {
        n
        for n, chain in chains.items()
        if len({found[m][0].start_s for m in chain}) >= MIN_CAPTIONS
    }


def _replaces(later: Region, earlier: Region) -> bool:
    """Whether one short text is followed by another in the same rows."""
    pause_s = later.start_s - earlier.end_s
    shared = min(later.box.y + later.box.h, earlier.box.y + earlier.box.h) - max(
        later.box.y, earlier.box.y
    )
    across = min(later.box.x + later.box.w, earlier.box.x + earlier.box.w) - max(
        later.box.x, earlier.box.x
    )
    return (
        all(MIN_CAPTION_S <= r.end_s - r.start_s <= MAX_CAPTION_S for r in (later, earlier))
        and earlier.start_s < later.start_s
        and -MAX_OVERLAP_S <= pause_s <= MAX_PAUSE_S
        and across > 0
        and shared >= MIN_SHARED_HEIGHT * min(later.box.h, earlier.box.h)
    )
