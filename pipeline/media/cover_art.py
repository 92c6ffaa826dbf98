"""The cover picture embedded in an audio file."""

import logging
from pathlib import Path

import av
from av.stream import Disposition
from av.video.frame import VideoFrame

from pipeline.media.container import demux, open_container

log = logging.getLogger(__name__)

MAX_PACKETS = 50  # packets of the picture's stream to try


def cover_of(path: Path) -> VideoFrame | None:
    """Return the front cover as stored; None if there is none, or none that can be decoded."""
    try:
        with open_container(path) as container:
            stream = next(
                (s for s in container.streams.video if s.disposition & Disposition.attached_pic),
                None,
            )
            if stream is None:
                return None
            for _, packet in zip(range(MAX_PACKETS), demux(container, stream), strict=False):
                for frame in packet.decode():
                    return frame if isinstance(frame, VideoFrame) else None
    except (av.FFmpegError, OSError) as error:
        log.info("cannot read the cover art of %s: %s", path.name, error)
    return None
