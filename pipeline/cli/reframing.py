"""`reframe`: prints the crop path of a range."""

import argparse

import msgspec

from pipeline.cli import framing_preview
from pipeline.cli.loading import model_config, to_json
from pipeline.core.control import Control
from pipeline.core.data import Box, Options, Shot, Span
from pipeline.core.errors import WrongInput
from pipeline.core.layout import crops_at
from pipeline.framing import crop_planning
from pipeline.media.probing import probe
from pipeline.models import registry
from pipeline.vision import shot_scan


def _described(shot: Shot) -> dict[str, object]:
    """Return a shot's times and what its picture is made of."""
    layout = shot.layout
    return {
        "start_seconds": round(shot.start_s, 4),
        "end_seconds": round(shot.end_s, 4),
        "picture": None if layout is None else _rounded(layout.picture),
        "regions": [
            {
                "kind": region.kind,
                "box": _rounded(region.box),
                "start_seconds": round(region.start_s, 4),
                "end_seconds": round(region.end_s, 4),
            }
            for region in (() if layout is None else layout.regions)
        ],
    }


def _rounded(box: Box) -> dict[str, float]:
    return {k: round(v, 2) for k, v in msgspec.to_builtins(box).items()}


def run(call: argparse.Namespace, control: Control) -> int:
    """Plan the crop path."""
    source = probe(call.file, min_duration_s=0.0)
    if source.video is None:
        raise WrongInput(f"{call.file} has no picture to frame")
    if not 0.0 <= call.start < call.end:
        raise WrongInput("--start must be at least 0 and before --end")
    span = Span(start_s=call.start, end_s=min(call.end, source.duration_s))
    listener = registry.load_models(model_config(call)).with_check(control.check).active_speaker
    shots = shot_scan.look(source, span, control=control, listener=listener)
    path = crop_planning.plan(source, span, shots, Options(aspect_ratio=call.aspect))
    if call.preview is not None:
        framing_preview.write(call.preview, source, span, shots=shots, path=path, control=control)
    fps = float(source.video.fps)
    frames = []
    for number in range(max(1, int(span.duration_s * fps))):
        t_s = span.start_s + number / fps
        segment = next((s for s in path.segments if t_s < s.end_s), path.segments[-1])
        frames.append(
            {
                "t_seconds": round(t_s, 4),
                "layout": segment.layout,
                "boxes": [_rounded(box) for box in crops_at(segment, t_s)],
            }
        )
    answer = {
        "width": source.video.width,
        "height": source.video.height,
        "fps": round(fps, 4),
        "frames": frames,
        "shots": [_described(shot) for shot in shots],
    }
    if call.json:
        print(to_json(answer))
        return 0
    for segment in path.segments:
        span_s = f"{segment.start_s:8.2f}–{segment.end_s:.2f} s"
        print(f"{span_s}  {segment.layout}  {len(segment.keys)} keys")
    return 0
