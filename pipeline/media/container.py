"""Open media files, with one security and time-out policy for all stages."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
from av.codec.hwaccel import HWAccel
from av.container import InputContainer

# Only self-contained formats. A playlist (HLS, DASH, concat) refers to other files and addresses,
# which FFmpeg would open: an untrusted file must never control that.
CONTAINERS = (
    "mov,matroska,webm,mpegts,mpeg,avi,flv,asf,ogg,mxf,gxf,rm,dv,nut,wtv,ivf,vob,"
    "wav,w64,aiff,caf,mp3,aac,ac3,eac3,flac,amr,au,ape,wv,tta,oma,dts,loas,"
    "mpegvideo,h264,hevc,m4v,obu"
)
OPEN_TIMEOUT_S = 8.0
READ_TIMEOUT_S = 8.0
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
    limit = {"max_pixels": str(MAX_PIXELS)}
    options = {"format_whitelist": CONTAINERS, "protocol_whitelist": protocols, **limit}
    # FFmpeg would take the start of a relative "talk:1.webm" for a protocol
    name = os.fspath(path) if is_url(path) else str(Path(path).absolute())
    with av.open(
        name,
        options=options,
        metadata_errors="replace",
        timeout=(OPEN_TIMEOUT_S, READ_TIMEOUT_S),
        hwaccel=accelerator,
    ) as container:
        for stream in container.streams.video:  # `options` apply only while the file is opened
            if stream.codec_context is not None:
                stream.codec_context.options = limit
        yield container
