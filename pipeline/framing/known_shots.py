"""Keeps what was seen in a clip: another render of it, or a preview, need not look again."""

import zlib
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import msgspec

from pipeline.core.data import Shot, Span

GAP_S = 0.05  # largest gap between two shots or before the first: rounding, or half a picture
LEVEL = 6  # zlib compression level


def within(part: Span, known: Sequence[Shot]) -> tuple[Shot, ...]:
    """Return the known shots of a part, cut to its ends; empty unless they cover all of it."""
    inside = [s for s in known if s.start_s < part.end_s and s.end_s > part.start_s]
    if not inside:
        return ()
    borders = [part.start_s, *(t_s for s in inside for t_s in (s.start_s, s.end_s)), part.end_s]
    holes = [after - before for before, after in pairwise(borders)][::2]
    if max(holes) > GAP_S:
        return ()
    first, last = replace(inside[0], start_s=part.start_s), len(inside) - 1
    cut = [first, *inside[1:]]
    cut[last] = replace(cut[last], end_s=part.end_s)
    return tuple(cut)


def encode(shots: Sequence[Shot]) -> bytes:
    """Return shots as compressed MessagePack, some 10 kB for a minute with two people."""
    return zlib.compress(msgspec.msgpack.encode(tuple(shots)), LEVEL)


def decode(data: bytes) -> tuple[Shot, ...]:
    """Return what `encode` was given. Raises ValueError for anything else."""
    try:
        return msgspec.msgpack.decode(zlib.decompress(data), type=tuple[Shot, ...])
    except (zlib.error, msgspec.MsgspecError) as error:
        raise ValueError(f"these are no shots: {error}") from error
