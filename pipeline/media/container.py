"""Opens media files for every stage, with one policy."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
from av.codec.hwaccel import HWAccel
from av.container import InputContainer

# Only containers that carry everything in one file. A playlist (HLS, DASH, concat) names other
# files and addresses, and FFmpeg would open them: a file from a stranger must never steer that.
CONTAINERS = (
    "mov,matroska,webm,mpegts,mpeg,avi,flv,asf,ogg,mxf,gxf,rm,dv,nut,wtv,ivf,vob,"
    "wav,w64,aiff,caf,mp3,aac,ac3,eac3,flac,amr,au,ape,wv,tta,oma,dts,loas,"
    "mpegvideo,h264,hevc,m4v,obu"
)
OPEN_TIMEOUT_S = 8.0
READ_TIMEOUT_S = 8.0
MAX_PIXELS = 40_000_000  # of a picture: 8K fits; a few kilobytes can ask for gigabytes


def is_url(path: str | os.PathLike[str]) -> bool:
    """Whether FFmpeg would fetch it over the network."""
    return os.fspath(path).lower().startswith(("http://", "https://"))


@contextmanager
def open_container(
    path: str | os.PathLike[str], accelerator: HWAccel | None = None
) -> Iterator[InputContainer]:
    """Open `path` for reading; closed on leaving. Decoders refuse pictures over MAX_PIXELS.

    Raises av.FFmpegError when FFmpeg cannot make sense of it, and OSError as open() would.
    """
    protocols = "http,https,tcp,tls" if is_url(path) else "file"
    limit = {"max_pixels": str(MAX_PIXELS)}
    options = {"format_whitelist": CONTAINERS, "protocol_whitelist": protocols, **limit}
    # FFmpeg would take the front of a relative "talk:1.webm" for a protocol
    name = os.fspath(path) if is_url(path) else str(Path(path).absolute())
    with av.open(
        name,
        options=options,
        metadata_errors="replace",
        timeout=(OPEN_TIMEOUT_S, READ_TIMEOUT_S),
        hwaccel=accelerator,
    ) as container:
        for stream in container.streams.video:  # `options` hold for the looks at opening only
            if stream.codec_context is not None:
                stream.codec_context.options = limit
        yield container
