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
_Shifted = tuple[Fraction, int, Any]  # seconds from its file's start, index of the file, packet


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
            packets = [_packets(source, index) for index, source in enumerate(sources)]
            _copy(container, streams, packets)


def _first(streams: list[Any], what: str) -> Any:
    if not streams:
        raise Corrupt(f"The file with the {what} has no {what}.")
    return streams[0]


def _packets(source: Any, index: int) -> Iterator[_Shifted]:
    """Yield the packets of a stream in decoding order, with times from its start.

    Each file counts from its own start, as FFmpeg takes two inputs: the clocks of two renditions
    often differ by what their muxers delay, and seldom because one begins later.
    """
    shift, last = source.start_time or 0, None
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
