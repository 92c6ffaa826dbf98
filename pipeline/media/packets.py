"""Decode the packets of one stream, and tell a damaged file from a machine that fails.

A file that breaks off or has damaged packets is common, and what is intact is used. But a disk that
cannot be read must not pass for the end of the file. Memory that FFmpeg cannot get is the file's
fault: a damaged size asks for gigabytes, while a machine that is short of memory ends the process.
"""

import errno
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream

from pipeline.core.data import Source
from pipeline.core.timecode import format_clock
from pipeline.media.container import demux

log = logging.getLogger(__name__)

MACHINE_FAULTS = frozenset({errno.EIO})
CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Damage:
    """What stands in place of a damaged packet's frames."""

    at_s: float  # on the source timeline
    duration_s: float  # packet duration; 0 if the container has none


def decode(container: InputContainer, stream: Stream, source: Source) -> Iterator[list[object]]:
    """Yield the frames of each packet; for a damaged one its Damage.

    Ends where the stream ends or breaks off. Logs where it broke off, and how many packets were
    damaged. Raises OSError if the machine is at fault.
    """
    packets, kind = demux(container, stream), _kind(stream)  # a closed container has no streams
    at_s, damaged, first_damage = 0.0, 0, ""
    try:
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except av.FFmpegError as error:
                raise_if_machine(error, source.path)
                whole_s = source.duration_s
                log.warning(
                    "%s of %s ends at %s of %s: %s",
                    *(kind, source.path.name, format_clock(at_s), format_clock(whole_s)),
                    error,
                )
                return
            if packet.pts is not None:
                at_s = float(packet.pts * packet.time_base) - source.origin_s
            try:
                frames: list[object] = list(packet.decode())
            except av.EOFError:
                frames = []  # the decoder was drained before
            except av.FFmpegError as error:  # also memory: damaged sizes make decoders ask for much
                frames, damaged = [Damage(at_s, _seconds(packet))], damaged + 1
                first_damage = first_damage or str(error)
            yield frames
    finally:
        if damaged:
            log.warning(
                "%s of %s: %d damaged packets skipped, the first: %s",
                *(kind, source.path.name, damaged, first_damage),
            )


def raise_if_machine(error: av.FFmpegError, path: str | os.PathLike[str]) -> None:
    """Raise OSError if the disk is at fault, not the file.

    FFmpeg reports EIO for both: its Matroska demuxer does so where an element breaks off. So the
    file is read once more, to its end.
    """
    if error.errno in MACHINE_FAULTS and not _is_readable(path):
        raise OSError(error.errno, os.strerror(error.errno), str(path)) from error


def _is_readable(path: str | os.PathLike[str]) -> bool:
    try:
        with open(path, "rb", buffering=0) as file:
            while file.read(CHUNK_BYTES):
                pass
    except OSError:  # also a URL, of which nothing more can be known
        return False
    return True


def _seconds(packet: "Packet[Stream]") -> float:
    return float(packet.duration * packet.time_base) if packet.duration else 0.0


def _kind(stream: Stream) -> str:
    return "picture" if stream.type == "video" else "sound"
