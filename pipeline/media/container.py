"""Open media files, with one security and time-out policy for all stages."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av
from av.codec.hwaccel import HWAccel
from av.container import InputContainer
from av.stream import Stream

from pipeline.core.errors import Corrupt

# Only self-contained formats. A playlist (HLS, DASH, concat) refers to other files and addresses,
# which FFmpeg would open: an untrusted file must never control that.
CONTAINERS = (
    "mov,matroska,webm,mpegts,mpeg,avi,flv,asf,ogg,mxf,gxf,rm,dv,nut,wtv,ivf,vob,"
    "wav,w64,aiff,caf,mp3,aac,ac3,eac3,flac,amr,au,ape,wv,tta,oma,dts,loas,"
    "mpegvideo,h264,hevc,m4v,obu"
)
NETWORK_TIMEOUT_S = 8.0  # to open, and for each read
DISK_TIMEOUT_S = 60.0  # the same; a net, for slow disks and processors
MAX_PIXELS = 40_000_000  # per picture; 8K fits. A file of a few kilobytes can request gigabytes


def is_url(path: str | os.PathLike[str]) -> bool:
    """Return whether FFmpeg would fetch `path` over the network."""
    return os.fspath(path).lower().startswith(("http://", "https://"))


@contextmanager
def open_container(
    path: str | os.PathLike[str], accelerator: HWAccel | None = None
) -> Iterator[InputContainer]:
    """Open `path` for reading and close it on exit. Decoders refuse pictures over MAX_PIXELS.

    Raises av.FFmpegError if FFmpeg cannot read the file, and OSError as open() would.
    """
    protocols = "http,https,tcp,tls" if is_url(path) else "file"
    timeout_s = NETWORK_TIMEOUT_S if is_url(path) else DISK_TIMEOUT_S
    limit = {"max_pixels": str(MAX_PIXELS)}
    options = {"format_whitelist": CONTAINERS, "protocol_whitelist": protocols, **limit}
    # FFmpeg would take the start of a relative "talk:1.webm" for a protocol
    name = os.fspath(path) if is_url(path) else str(Path(path).absolute())
    with av.open(
        name,
        options=options,
        metadata_errors="replace",
        timeout=timeout_s,
        hwaccel=accelerator,
    ) as container:
        for stream in container.streams.video:  # `options` apply only while the file is opened
            if stream.codec_context is not None:
                stream.codec_context.options = limit
        yield container


def stream_at(container: InputContainer, index: int) -> Any:
    """Return the stream that an earlier look at the file found at `index`.

    Raises Corrupt if it is not there: what a damaged file holds may differ each time.
    """
    if index >= len(container.streams):
        raise Corrupt("The file is damaged: its streams differ each time it is opened.")
    return container.streams[index]


def demux(container: InputContainer, streams: Stream | Sequence[Stream]) -> Iterator[Any]:
    """Yield the packets of one stream or of several.

    Raises av.InvalidDataError also where a stream begins within the file, as in MPEG-TS: there PyAV
    raises IndexError, and yields no more.
    """
    try:
        yield from container.demux(streams)
    except IndexError as error:
        raise av.InvalidDataError(1, "a stream begins within the file") from error
