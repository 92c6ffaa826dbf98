"""Measure the time range in which a file really has packets.

Headers are unreliable: an interrupted upload keeps the length it was meant to have, and the length
of an MP3 without an index is only estimated from its bit rate. Three bounded methods, cheapest
first:

1. The header declares a length: seek close to its end and read to the end of the file.
2. No packets there: bisect between a time that has packets and one that has none.
3. No declared length, or a format that only estimates it: read packets from the start, and
   extrapolate by the share of the bytes read once they are too many.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream

from pipeline.media.container import demux, open_container, stream_at
from pipeline.media.packets import raise_if_machine

ESTIMATING = frozenset({"mp3", "aac", "ac3", "eac3", "dts", "amr", "loas", "h264", "hevc", "m4v"})
TAIL_S = 3.0  # reading starts this long before the declared end
TOLERANCE_S = 0.5  # a shorter header within this of the packets is trusted: it reflects edit lists
MAX_READ_BYTES = 256 << 20  # bytes of packets in one read; ten seconds of the largest 8K
MAX_TAIL_PACKETS = 20_000  # packets read after one seek
MAX_READ_PACKETS = 500_000  # packets read from the start; an MP3 of three hours has 413,000
MAX_BISECTIONS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """The time range of some streams, in container time (seconds)."""

    start_s: float
    end_s: float
    declared_end_s: float | None  # None: the header declares none


def measure(path: str | os.PathLike[str], indices: list[int]) -> Extent | None:
    """Return the joint extent of the streams `indices`, or None if they have no packets.

    Raises av.FFmpegError if the file cannot be opened, OSError if the disk cannot be read.
    """
    end: float | None = None
    with open_container(path) as container:
        streams = [stream_at(container, i) for i in indices]
        start, declared = declared_extent(container, streams)
        if declared is not None and declared > start and container.format.name not in ESTIMATING:
            end = _find_end(container, streams, start, declared)
    if end is None:  # also if seeking fails, as in Matroska without cues
        with open_container(path) as container:
            end = _read_all(container, [stream_at(container, i) for i in indices])
    if end is None:
        return None
    if declared is not None and abs(declared - end) <= TOLERANCE_S:
        end = min(declared, end)
    return Extent(start_s=start, end_s=end, declared_end_s=declared)


def declared_extent(container: InputContainer, streams: list[Stream]) -> tuple[float, float | None]:
    """Return the start and end of `streams` as declared by the header, in container seconds."""
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
    container: InputContainer, streams: list[Stream], start: float, declared: float
) -> float | None:
    """Return the end of the last packet: seek near the declared end, else bisect."""
    end = _read_on(container, streams, max(start, declared - TAIL_S))
    if end is not None:
        return end
    good, bad = _read_on(container, streams, start), declared
    if good is None:
        return None
    for _ in range(MAX_BISECTIONS):
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
    """Return the latest packet end from the last key frame before `from_s` on."""
    try:
        container.seek(int(from_s * av.time_base), backward=True)
    except av.FFmpegError:
        return None
    end: float | None = None
    read_bytes = 0
    for count, packet in enumerate(_packets(container, streams)):
        end = max(end or 0.0, _end_of(packet))
        read_bytes += packet.size
        if count > MAX_TAIL_PACKETS or read_bytes > MAX_READ_BYTES:
            break
    return end


def _read_all(container: InputContainer, streams: list[Stream]) -> float | None:
    """Read from the start and return the latest packet end; extrapolate beyond the bounds."""
    first: float | None = None
    end: float | None = None
    read_bytes = 0
    for count, packet in enumerate(_packets(container, streams)):
        if first is None:
            first = _end_of(packet)
        end = max(end or 0.0, _end_of(packet))
        read_bytes += packet.size
        enough = count > MAX_READ_PACKETS or read_bytes > MAX_READ_BYTES
        if enough and packet.pos and container.size > packet.pos > 0:
            return first + (end - first) * container.size / packet.pos
    return end


def _packets(container: InputContainer, streams: list[Stream]) -> "Iterator[Packet[Stream]]":
    """Yield intact packets that have a time, until the file ends or breaks."""
    try:
        for packet in demux(container, streams):
            if packet.size and packet.pts is not None and not packet.is_corrupt:
                yield packet
    except av.FFmpegError as error:
        raise_if_machine(error, container.name)
        return


def _end_of(packet: "Packet[Stream]") -> float:
    return _seconds((packet.pts or 0) + (packet.duration or 0), packet.time_base)
