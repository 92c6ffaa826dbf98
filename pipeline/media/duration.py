"""Finds out from where to where a file really has packets.

Headers lie: an upload broken off keeps the length it was meant to have, and MP3 without an index
is only guessed from its bit rate. Three bounded looks, the cheapest that is enough:

1. The header tells a length: seek close to its end and read on to the end of the file.
2. Nothing is there: halve the time between a place that has packets and one that has none.
3. No length, or a format that only guesses: read packets from the start for at most a second,
   then extend by the share of the bytes that were read.
"""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream

from pipeline.media.container import open_container

GUESSING = frozenset({"mp3", "aac", "ac3", "eac3", "dts", "amr", "loas", "h264", "hevc", "m4v"})
TAIL_S = 3.0  # read from here before the told end
TOLERANCE_S = 0.5  # a header this close to the packets is believed if shorter: it knows of edits
READ_BUDGET_S = 1.0  # wall clock
TAIL_PACKETS = 20_000
HALVINGS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """Container times in seconds."""

    start_s: float
    end_s: float
    told_end_s: float | None  # what the header says, None: nothing


def measure(path: str | os.PathLike[str], indices: list[int]) -> Extent | None:
    """The extent of the streams `indices` together, None when they have not one packet.

    Raises av.FFmpegError when the file does not open.
    """
    end: float | None = None
    with open_container(path) as container:
        streams = [container.streams[i] for i in indices]
        start, told = told_extent(container, streams)
        if told is not None and told > start and container.format.name not in GUESSING:
            end = _find_end(container, streams, start, told)
    if end is None:  # also where seeking fails, as in Matroska without cues
        with open_container(path) as container:
            end = _read_all(container, [container.streams[i] for i in indices])
    if end is None:
        return None
    if told is not None and abs(told - end) <= TOLERANCE_S:
        end = min(told, end)
    return Extent(start_s=start, end_s=end, told_end_s=told)


def told_extent(container: InputContainer, streams: list[Stream]) -> tuple[float, float | None]:
    """Start and end of `streams` by the header, in container seconds."""
    base = container.start_time / av.time_base if container.start_time is not None else 0.0
    starts = [_seconds(s.start_time, s.time_base) for s in streams if s.start_time is not None]
    start = min(starts, default=base)
    ends = [
        (_seconds(s.start_time, s.time_base) if s.start_time is not None else base)
        + _seconds(s.duration, s.time_base)
        for s in streams
        if s.duration
    ]
    if len(ends) < len(streams) and container.duration:
        ends.append(base + container.duration / av.time_base)
    return start, max(ends, default=None)


def _seconds(ticks: int | None, time_base: Fraction | None) -> float:
    return float((ticks or 0) * (time_base or 0))


def _find_end(
    container: InputContainer, streams: list[Stream], start: float, told: float
) -> float | None:
    """The last packet's end, looked for near the told end and, if that is bare, by halving."""
    end = _read_on(container, streams, max(start, told - TAIL_S))
    if end is not None:
        return end
    good, bad = _read_on(container, streams, start), told
    if good is None:
        return None
    for _ in range(HALVINGS):
        if bad - good < TOLERANCE_S:
            break
        middle = (good + bad) / 2
        end = _read_on(container, streams, middle)
        if end is None or end <= good:
            bad = middle
        else:
            good = end
    return good


def _read_on(container: InputContainer, streams: list[Stream], from_s: float) -> float | None:
    """The latest packet end from the last key frame before `from_s` to the end of the file."""
    try:
        container.seek(int(from_s * av.time_base), backward=True)
    except av.FFmpegError:
        return None
    end: float | None = None
    deadline = time.monotonic() + READ_BUDGET_S
    for count, packet in enumerate(_packets(container, streams)):
        end = max(end or 0.0, _end_of(packet))
        if count > TAIL_PACKETS or time.monotonic() > deadline:
            break
    return end


def _read_all(container: InputContainer, streams: list[Stream]) -> float | None:
    """The latest packet end, from reading the file; extended by bytes once the time is up."""
    first: float | None = None
    end: float | None = None
    deadline = time.monotonic() + READ_BUDGET_S
    for packet in _packets(container, streams):
        if first is None:
            first = _end_of(packet)
        end = max(end or 0.0, _end_of(packet))
        if time.monotonic() > deadline and packet.pos and container.size > packet.pos > 0:
            return first + (end - first) * container.size / packet.pos
    return end


def _packets(container: InputContainer, streams: list[Stream]) -> "Iterator[Packet[Stream]]":
    """Whole packets with a time, until the file ends or breaks."""
    try:
        for packet in container.demux(streams):
            if packet.size and packet.pts is not None and not packet.is_corrupt:
                yield packet
    except av.FFmpegError:
        return


def _end_of(packet: "Packet[Stream]") -> float:
    return _seconds((packet.pts or 0) + (packet.duration or 0), packet.time_base)
