"""Draws some moments of a planned clip beside the source, with title and captions, as a PNG."""

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame

from bench.support.planned_clips import TITLE, PlannedClip, set_clip_text
from bench.support.views import segment_at
from pipeline.core.control import Control
from pipeline.core.layout import crops_at
from pipeline.media.frames import Picture, read
from pipeline.rendering.compositor import Canvas

MOMENTS = 8
RIM_S = 0.5  # before the first moment and after the last
WIDTH = 270  # of a picture on the sheet, pixels


def draw_sheet(clip: PlannedClip, png: Path) -> Path:
    """Write MOMENTS of a clip, evenly spread, below the source's pictures; return `png`."""
    png.parent.mkdir(parents=True, exist_ok=True)
    columns = [np.vstack([_small(frame), _small(picture)]) for frame, picture in _pictures(clip)]
    height = max(c.shape[0] for c in columns)
    _save(np.hstack([np.pad(c, ((0, height - len(c)), (0, 0), (0, 0))) for c in columns]), png)
    return png


def _pictures(clip: PlannedClip) -> Iterator[tuple[VideoFrame, VideoFrame]]:
    """Yield the source's frame and the clip's picture at each moment."""
    video, path, span = clip.source.video, clip.scene.path, clip.scene.span
    assert video is not None
    rim_s = min(RIM_S, span.duration_s / 4)
    wanted = np.linspace(span.start_s + rim_s, span.end_s - rim_s, MOMENTS)
    canvas, layers = Canvas(video, path.width, path.height), set_clip_text(clip, TITLE).layers
    frames = read(clip.source, span, control=Control())
    left = list(map(float, wanted))
    for t_s, frame in frames:
        if not left or t_s < left[0]:
            continue
        del left[0]
        segment = segment_at(path, t_s)
        picture = canvas.compose(frame, segment.layout, crops_at(segment, t_s))
        for layer in layers:
            if (stamp := layer.at(t_s)) is not None:
                picture.blend(stamp)
        yield frame, picture.viewable()


def _small(frame: VideoFrame) -> Picture:
    """Return a frame as RGB (h, WIDTH, 3)."""
    height = round(frame.height * WIDTH / frame.width / 2) * 2
    small = frame.reformat(WIDTH, height, "rgb24", interpolation="AREA")
    return np.asarray(small.to_ndarray(), np.uint8)


def _save(picture: Picture, png: Path) -> None:
    """Write an RGB picture (h, w, 3)."""
    with av.open(str(png), "w", format="image2") as container:
        stream = container.add_stream("png", rate=1)
        stream.height, stream.width = picture.shape[:2]
        stream.pix_fmt = "rgb24"
        container.mux(
            stream.encode(VideoFrame.from_ndarray(np.ascontiguousarray(picture), "rgb24"))
        )
        container.mux(stream.encode())
