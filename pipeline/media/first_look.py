"""Opens a file for the first time in a short-lived process, with limits on memory and time.

FFmpeg's demuxers and decoders read what strangers made; what they do there, they do to a small
process (`core.isolated_process`), not to the one with the models and everybody's jobs.
"""

import contextlib
from functools import partial
from pathlib import Path

import av

from pipeline.core.data import Source
from pipeline.core.isolated_process import Bounds, examine_apart
from pipeline.media.container import demux, open_container, stream_at
from pipeline.media.probing import probe

PLACES = (0.25, 0.5, 0.75)  # shares of the duration at which each stream is decoded for a moment
MAX_PACKETS = 200  # read at each place until a frame comes


def probe_apart(
    path: Path, *, max_duration_s: float | None = None, bounds: Bounds | None = None
) -> Source:
    """Return `probing.probe(path)`, made in a process of its own that also decodes a few places.

    Raises the same errors, and Corrupt where the process crashes or goes beyond its bounds.
    """
    look = partial(_look, max_duration_s=max_duration_s)
    return examine_apart(look, path, Source, bounds)


def _look(path: Path, max_duration_s: float | None) -> Source:
    """Run in the process."""
    source = probe(path, max_duration_s=max_duration_s)
    _decode_places(source)
    return source


def _decode_places(source: Source) -> None:
    """Decode a frame of each stream at each place; damage is no error here, only a crash is."""
    streams = [s.index for s in (source.video, source.audio) if s is not None]
    for index in streams:
        for place in PLACES:
            with contextlib.suppress(av.FFmpegError), open_container(source.path) as container:
                stream, at_s = (
                    stream_at(container, index),
                    source.origin_s + place * source.duration_s,
                )
                container.seek(int(at_s / (stream.time_base or 1)), stream=stream)
                for number, packet in enumerate(demux(container, stream)):
                    if packet.decode() or number >= MAX_PACKETS:
                        break
