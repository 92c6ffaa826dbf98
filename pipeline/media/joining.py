"""Joins a picture and a sound that come as two files into one, without encoding anything."""

from collections.abc import Iterator
from fractions import Fraction
from heapq import merge
from pathlib import Path
from typing import Any

import av
from av.container import OutputContainer
from av.stream import Stream

from pipeline.core.errors import Corrupt
from pipeline.media.container import demux, open_container

# MP4 keeps times exactly, so it is preferred where it can hold both codecs; Matroska rounds them to
# a millisecond, and holds everything else.
MP4_CODECS = frozenset(
    ("h264", "hevc", "av1", "vp9", "mpeg4", "aac", "mp3", "opus", "flac", "ac3", "eac3", "alac")
)
# Renditions of one recording share a timeline, so where one begins later, that is meant. Not so
# below the first limit: MPEG-TS, and fragments without edit lists, delay reordered pictures by two
# or three frames. Nor above the second, where each has a clock of its own: MPEG-TS often starts at
# 1.4 or 10 s, sound without times beside it at 0. Seconds.
MUXER_DELAY_S, SHARED_CLOCK_S = 0.15, 1.0

_Shifted = tuple[Fraction, int, Any]  # seconds from the start, index of the file, packet


def join(picture: Path, sound: Path, out: Path) -> None:
    """Copy the picture of one file and the sound of another into `out`, an MP4 or Matroska file.

    Other streams are left out. Raises Corrupt where a file has no such stream, av.FFmpegError where
    one cannot be read, and OSError; a part of `out` may exist then.
    """
    with open_container(picture) as pictures, open_container(sound) as sounds:
        sources = (
            _first(list(pictures.streams.video), "picture"),
            _first(list(sounds.streams.audio), "sound"),
        )
        codecs = {stream.codec_context.codec.canonical_name for stream in sources}
        name = "mp4" if codecs <= MP4_CODECS else "matroska"
        with av.open(str(out.absolute()), "w", format=name) as container:
            streams = [container.add_stream_from_template(stream) for stream in sources]
            packets = [
                _packets(source, index, start)
                for index, (source, start) in enumerate(
                    zip(sources, _starts(*sources), strict=True)
                )
            ]
            _copy(container, streams, packets)


def _first(streams: list[Any], what: str) -> Any:
    if not streams:
        raise Corrupt(f"The file with the {what} has no {what}.")
    return streams[0]


def _starts(picture: Any, sound: Any) -> tuple[Fraction, Fraction]:
    """Return the time of each stream that becomes 0, in seconds."""
    first, second = ((each.start_time or 0) * each.time_base for each in (picture, sound))
    if MUXER_DELAY_S < abs(first - second) < SHARED_CLOCK_S:
        return min(first, second), min(first, second)
    return first, second


def _packets(source: Any, index: int, start: Fraction) -> Iterator[_Shifted]:
    """Yield the packets of a stream in decoding order, `start` seconds earlier."""
    shift, last = round(start / source.time_base), None
    for packet in demux(source.container, source):
        if packet.dts is None:  # the end of the stream, or a packet that cannot be placed
            continue
        packet.dts -= shift
        if last is not None and packet.dts <= last:  # a joint of segments; no muxer takes it
            packet.dts = last + 1
        last = packet.dts
        if packet.pts is not None:
            packet.pts = max(packet.pts - shift, packet.dts)
        yield last * source.time_base, index, packet


def _copy(
    container: OutputContainer, streams: list[Stream], packets: list[Iterator[_Shifted]]
) -> None:
    # Interleaved by time: otherwise the muxer would hold one stream in memory until the other came.
    for _, index, packet in merge(*packets, key=lambda shifted: shifted[:2]):
        packet.stream = streams[index]
        container.mux(packet)
