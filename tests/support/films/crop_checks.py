"""Checks that every crop path must pass."""

from collections.abc import Sequence

import numpy as np
import pytest

from pipeline.core.data import Box, CropPath, Shot, Source, Span
from pipeline.core.layout import crops_at, panes_of
from pipeline.framing import shared_screen
from pipeline.framing.crop_bounds import MIN_KEPT_SHARE
from pipeline.framing.crop_frame import MAX_ENLARGEMENT
from pipeline.framing.split_screen import MAX_HALF_ENLARGEMENT

MOST_ENLARGED = {"crop": MAX_ENLARGEMENT, "screen": shared_screen.MAX_ENLARGEMENT}


def check(source: Source, span: Span, path: CropPath, shots: Sequence[Shot] = ()) -> None:
    """Check that segments cover the span without gaps, and that every crop is valid.

    A crop lies inside the source, has the shape of its pane and is not enlarged too much; leaving
    out bars, which `shots` tell, or a burned-in line may enlarge it further.
    """
    assert source.video is not None
    width, height = source.video.width, source.video.height
    whole = Box(x=0.0, y=0.0, w=width, h=height)
    assert path.segments[0].start_s == span.start_s
    assert path.segments[-1].end_s == span.end_s
    for before, after in zip(path.segments, path.segments[1:], strict=False):
        assert before.end_s == after.start_s
    for segment in path.segments:
        assert segment.end_s > segment.start_s
        for t_s in np.linspace(segment.start_s, segment.end_s, 40):
            boxes = crops_at(segment, float(t_s))
            parts = panes_of(segment.layout, boxes, path.width, path.height)
            for box, pane in zip(boxes, parts, strict=True):
                assert min(box.x, box.y) >= -0.01
                assert box.x + box.w <= width + 0.01
                assert box.y + box.h <= height + 0.01
                if segment.layout == "fit":
                    continue
                assert box.w / box.h == pytest.approx(pane.width / pane.height, rel=0.01)
                shot = next((s for s in shots if t_s <= s.end_s and s.layout), None)
                inside = shot.layout.picture if shot is not None and shot.layout else whole
                largest = min(inside.h, inside.w * pane.height / pane.width) * MIN_KEPT_SHARE
                most = MOST_ENLARGED.get(segment.layout, MAX_HALF_ENLARGEMENT)
                assert box.h >= min(largest, pane.height / most) - 0.01
