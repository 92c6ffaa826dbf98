"""Tells captions from other writing: they replace each other in one place every few seconds."""

from collections.abc import Sequence
from dataclasses import replace

from pipeline.core.data import Box, Region
from pipeline.vision.writing.text_tracks import Track

MAX_CAPTION_S = 5.0  # how long a caption stays
MIN_CAPTIONS = 3  # that follow each other; two may be titles
MAX_PAUSE_S = 3.0  # between a caption and the next one
MIN_SHARED_HEIGHT = 0.5  # share of the lower of two captions that follow each other
MAX_LEADING = 0.7  # between two lines of one caption, of the lower line's height
MIN_SHARED_TIME = 0.7  # share of the time that either line is there: they come and go together


def captions_among(found: Sequence[tuple[Region, Track]]) -> set[int]:
    """Return the indices of the texts that are captions; start times ascend."""
    chains = {n: {n} for n in range(len(found))}
    oldest = 0  # what is older has gone too long ago
    for n, (later, track) in enumerate(found):
        while found[oldest][0].start_s < later.start_s - MAX_CAPTION_S - MAX_PAUSE_S:
            oldest += 1
        for m in range(oldest, n):
            earlier, other = found[m]
            if _replaces(later, earlier) and not track.is_same_text(other):
                chains[n] |= chains[m]
                chains.update(dict.fromkeys(chains[n], chains[n]))
    return {
        n
        for n, chain in chains.items()
        if len({found[m][0].start_s for m in chain}) >= MIN_CAPTIONS
    }


def in_blocks(captions: Sequence[Region]) -> list[Region]:
    """Return captions with the lines of each joined to one rectangle."""
    blocks: list[Region] = []
    for line in sorted(captions, key=lambda region: region.box.y):
        above = next((n for n, block in enumerate(blocks) if _goes_on(block, line)), None)
        if above is None:
            blocks.append(line)
        else:
            blocks[above] = _joined(blocks[above], line)
    return blocks


def _goes_on(block: Region, line: Region) -> bool:
    """Whether a line is the next one of a block above it."""
    shared_s = min(block.end_s, line.end_s) - max(block.start_s, line.start_s)
    either_s = max(block.end_s, line.end_s) - min(block.start_s, line.start_s)
    gap = line.box.y - block.box.y - block.box.h
    across = min(block.box.x + block.box.w, line.box.x + line.box.w) - max(block.box.x, line.box.x)
    return (
        shared_s >= MIN_SHARED_TIME * either_s
        and gap <= MAX_LEADING * min(block.box.h, line.box.h)
        and across > 0
    )


def _joined(block: Region, line: Region) -> Region:
    """Return the rectangle around both, from the first to the last moment of either."""
    x, y = min(block.box.x, line.box.x), min(block.box.y, line.box.y)
    right = max(block.box.x + block.box.w, line.box.x + line.box.w)
    bottom = max(block.box.y + block.box.h, line.box.y + line.box.h)
    return replace(
        block,
        box=Box(x=x, y=y, w=right - x, h=bottom - y),
        start_s=min(block.start_s, line.start_s),
        end_s=max(block.end_s, line.end_s),
    )


def _replaces(later: Region, earlier: Region) -> bool:
    """Whether one short text is followed by another in the same rows."""
    shared = min(later.box.y + later.box.h, earlier.box.y + earlier.box.h) - max(
        later.box.y, earlier.box.y
    )
    across = min(later.box.x + later.box.w, earlier.box.x + earlier.box.w) - max(
        later.box.x, earlier.box.x
    )
    return (
        all(r.end_s - r.start_s <= MAX_CAPTION_S for r in (later, earlier))
        and earlier.start_s < later.start_s
        and later.start_s - earlier.end_s <= MAX_PAUSE_S
        and across > 0
        and shared >= MIN_SHARED_HEIGHT * min(later.box.h, earlier.box.h)
    )
