"""Looks into the file of an intro or outro: a short video, with or without sound."""

from contextlib import suppress
from pathlib import Path

import av
import msgspec

from pipeline.core.data import Source
from pipeline.core.errors import NotAVideo, TooLong, TooShort
from pipeline.core.isolated_process import examine_apart
from pipeline.media.container import demux, open_container, stream_at
from pipeline.media.probing import NO_SOUND, probe

MAX_BUMPER_BYTES = 200_000_000
MIN_BUMPER_S, MAX_BUMPER_S = 0.5, 15.0
SLACK_S = 0.1  # sound often ends a little after the picture


class BumperFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the video is."""

    container: str  # FFmpeg's name of it
    duration_s: float
    width: int  # display pixels
    height: int
    has_sound: bool


def open_bumper(path: Path) -> Source:
    """Return the properties of an intro or outro. Raises SourceError, and OSError."""
    source = probe(path, min_duration_s=0.0, may_be_silent=True)
    if source.video is None:
        raise NotAVideo("The file has sound and no picture; send a video.")
    if source.duration_s < MIN_BUMPER_S:
        raise TooShort(
            f"The video lasts {source.duration_s:.1f} s; an intro or outro lasts at least "
            f"{MIN_BUMPER_S:g} s."
        )
    if source.duration_s > MAX_BUMPER_S + SLACK_S:
        raise TooLong(
            f"The video lasts {source.duration_s:.1f} s; an intro or outro lasts "
            f"{MAX_BUMPER_S:g} s at most."
        )
    return source


def examine_bumper(path: Path) -> BumperFacts:
    """Return what the video of a file is, decoded in a process of its own. Raises SourceError."""
    return examine_apart(_examine, path, BumperFacts)


def _examine(path: Path) -> BumperFacts:
    source = open_bumper(path)
    assert source.video is not None
    for stream in (source.video, source.audio):
        if stream is not NO_SOUND:
            _decode(source, stream.index)
    return BumperFacts(
        container=source.container,
        duration_s=source.duration_s,
        width=source.video.width,
        height=source.video.height,
        has_sound=source.audio is not NO_SOUND,
    )


def _decode(source: Source, index: int) -> None:
    """Decode a stream to its end; damage is no error here, only what harms the process is."""
    with open_container(source.path) as container:
        for packet in demux(container, stream_at(container, index)):
            with suppress(av.FFmpegError):
                packet.decode()
