"""Measures how much of the writing burned into real recordings is found, and what is found besides.

Half of the recordings are those with which the settings were chosen; the other half is the result.
Each carries captions of ten looks, a name plate, a ticker, a logo, a clock, and a full page.
"""

import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt

from bench.support.burned_text import LENGTH_S, Writing, burn
from bench.support.recordings import MEDIA
from bench.support.report import keep, show
from bench.support.writings import recipes
from pipeline.captions.obstacles import writing
from pipeline.core.control import Control
from pipeline.core.data import Box, FaceTrack, Region, Source, Span
from pipeline.media.frames import thumbnails
from pipeline.media.probing import probe
from pipeline.media.thumbnail_grid import sampling_of
from pipeline.vision.burned_in_text import TextFinder, has_captions
from pipeline.vision.shot_scan import look

GRID_SIDE = 320  # pixels of the longer side, in which areas are counted
MARGIN = 8  # such pixels around writing that may be part of a region
STEP_S = 0.1  # between the moments that are compared
MAX_FACE_SHARE = 0.05  # of a face that may lie under a region
CRF = (23, 26, 28)
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """A recording to draw on: where the example starts, and whether it has writing of its own."""

    name: str
    start_s: float
    has_text: bool = False


TUNED = (
    Base(name="talk/subtitleeffect_obama.mp4", start_s=10, has_text=True),
    Base(name="talk/latentsync_demo3.mp4", start_s=5),
    Base(name="talk/short_hamilton_clip.mp4", start_s=1, has_text=True),
    Base(name="talk/videoretalking_face1.mp4", start_s=0),
    Base(name="talk/webrtc_chrome.mp4", start_s=14),
)
HELD_OUT = (
    Base(name="talk/WDA_AOC_000.mp4", start_s=0),
    Base(name="talk/remotion_tiktok_sample.mp4", start_s=1),
    Base(name="talk/wav2liphd_kennedy_low.mp4", start_s=0),
    Base(name="talk/openface_meeting.mp4", start_s=6),
    Base(name="talk/videoretalking_face4.mp4", start_s=0),
)
CLEAN: dict[str, dict[str, tuple[float, float]]] = {  # stretches without writing
    "tuned": {
        "talk/latentsync_demo3.mp4": (0, 20),
        "talk/videoretalking_face1.mp4": (0, 6.1),
        "talk/webrtc_chrome.mp4": (0, 21),
        "talk/GRID_bbaf2n.mpg": (0, 2.9),
    },
    "held out": {
        "talk/WDA_AOC_000.mp4": (0, 8),
        "talk/remotion_tiktok_sample.mp4": (0, 11.9),
        "talk/wav2liphd_kennedy_low.mp4": (0, 7),
        "talk/openface_meeting.mp4": (6, 27),
        "talk/videoretalking_face3.mp4": (0, 5),
        "talk/videoretalking_face4.mp4": (0, 6.6),
        "talk/GRID_lbbc2a.mpg": (0, 2.9),
        "talk/GRID_lrwp9a.mpg": (0, 2.9),
        "talk/GRID_sbwe5n.mpg": (0, 2.9),
        "composites/duo_a.mp4": (0, 20),
        "composites/duo_b.mp4": (0, 20),
    },
}


def main() -> None:
    """Print and keep how much is found, in each half, and what is found where nothing is."""
    if not MEDIA.is_dir():
        print(f"burned_text: {MEDIA} is not on this machine, so nothing was measured.")
        return
    found: list[dict[str, object]] = []
    with TemporaryDirectory() as folder:
        for half, bases in (("tuned", TUNED), ("held out", HELD_OUT)):
            seed = 0 if half == "tuned" else len(TUNED)
            found.append({"half": half, **examine(bases, Path(folder), seed)})
    show("Burned-in text: share of its area and time that is found", found)
    clean = [row for half, files in CLEAN.items() for row in originals(half, files)]
    show("Regions where nothing is written", clean)
    keep("burned_text", found=found, clean=clean)


def examine(bases: Sequence[Base], folder: Path, seed: int) -> dict[str, object]:
    """Burn every recipe into every recording; return recall by kind, precision and cost."""
    tally = Tally()
    with_captions: list[bool] = []
    cost_s = seconds = 0.0
    for n, base in enumerate(bases):
        source = probe(MEDIA / base.name, min_duration_s=0.0)
        assert source.video is not None
        size = source.video.width // 2 * 2, source.video.height // 2 * 2
        for m, (recipe, writings) in enumerate(recipes(size, n + seed).items()):
            path = folder / "example.mp4"
            example = burn(source, base.start_s, writings, path, crf=CRF[(n + m) % len(CRF)])
            regions, end_s, spent_s = find(example)
            cost_s, seconds = cost_s + spent_s, seconds + end_s
            with_captions.append(has_captions(regions, 0.0, end_s) == ("captions" in recipe))
            tally.count(writings, regions, Frame(size, end_s), not base.has_text)
            print(f"{base.name}: {recipe}", file=sys.stderr)
    return {
        **{kind: round(tally.hit[kind] / tally.there[kind], 3) for kind in tally.there},
        "captions or not": f"{sum(with_captions)}/{len(with_captions)}",
        "ms per second": round(1000 * cost_s / seconds, 2),
    }


def find(source: Source) -> tuple[tuple[Region, ...], float, float]:
    """Return the regions of an example, its end and the CPU time of finding them, seconds."""
    assert source.video is not None
    finder = TextFinder(sampling_of(source.video))
    spent_s, end_s = 0.0, 0.0
    span = Span(start_s=0.0, end_s=LENGTH_S)
    for t_s, picture in thumbnails(source, span, control=Control()):
        began = time.thread_time()
        finder.add(t_s, picture)
        spent_s, end_s = spent_s + time.thread_time() - began, t_s
    began = time.thread_time()
    regions = finder.regions(0.0, end_s)
    return regions, end_s, spent_s + time.thread_time() - began


@dataclass(frozen=True, slots=True)
class Frame:
    """The size of a picture in pixels, and the end of its film."""

    size: tuple[int, int]
    end_s: float

    def mask(self, boxes: Iterable[Box], margin: int = 0) -> Mask:
        """Return which pixels of a picture of GRID_SIDE the boxes cover."""
        scale = GRID_SIDE / max(self.size)
        covered = np.zeros((round(self.size[1] * scale), round(self.size[0] * scale)), bool)
        for box in boxes:
            x0, y0 = round(box.x * scale) - margin, round(box.y * scale) - margin
            x1 = round((box.x + box.w) * scale) + margin
            y1 = round((box.y + box.h) * scale) + margin
            covered[max(0, y0) : max(0, y1), max(0, x0) : max(0, x1)] = True
        return covered


@dataclass(frozen=True, slots=True)
class Tally:
    """Pixels of writing by kind, and how many are found; of "precision", found and written."""

    there: Counter[str] = field(default_factory=Counter)
    hit: Counter[str] = field(default_factory=Counter)

    def count(
        self, writings: Sequence[Writing], regions: Sequence[Region], frame: Frame, clean: bool
    ) -> None:
        """Add one example; `clean`: whether the recording has no writing of its own."""
        for t_s in np.arange(STEP_S / 2, frame.end_s, STEP_S):
            now = [w for w in writings if w.start_s <= t_s < w.end_s]
            found = frame.mask(r.box for r in regions if r.start_s <= t_s < r.end_s)
            for kind in {w.kind for w in now}:
                written = frame.mask(w.box for w in now if w.kind == kind)
                self.there[kind] += int(written.sum())
                self.hit[kind] += int((written & found).sum())
            if clean:
                near = frame.mask((w.box for w in now), MARGIN)
                self.there["precision"] += int(found.sum())
                self.hit["precision"] += int((found & near).sum())


def originals(half: str, files: dict[str, tuple[float, float]]) -> list[dict[str, object]]:
    """Scan stretches without writing; return what is found in them, and how much of it on faces."""
    rows: list[dict[str, object]] = []
    minutes, total, on_faces = 0.0, 0, 0
    for name, (start_s, end_s) in files.items():
        source = probe(MEDIA / name, min_duration_s=0.0)
        span = Span(start_s=start_s, end_s=min(end_s, source.duration_s))
        shots = look(source, span, control=Control())
        regions = [(r, s.tracks) for s in shots for r in writing(s)]
        faced = sum(covers_face(region, tracks) for region, tracks in regions)
        minutes += span.duration_s / 60
        total, on_faces = total + len(regions), on_faces + faced
        if regions:
            rows.append({"half": half, "file": name, "regions": len(regions), "on faces": faced})
    rows.append(
        {
            "half": half,
            "file": f"all {len(files)}",
            "regions": total,
            "on faces": on_faces,
            "minutes": round(minutes, 2),
            "per minute": round(total / minutes, 2),
        }
    )
    return rows


def covers_face(region: Region, tracks: Sequence[FaceTrack]) -> bool:
    """Whether a region lies on a face that is tracked at the time."""
    return any(
        _shared(region.box, face.box) > MAX_FACE_SHARE * face.box.w * face.box.h
        for track in tracks
        for t_s, face in zip(track.times_s, track.faces, strict=True)
        if region.start_s <= t_s < region.end_s
    )


def _shared(a: Box, b: Box) -> float:
    """Return the area that two boxes share."""
    w = min(a.x + a.w, b.x + b.w) - max(a.x, b.x)
    h = min(a.y + a.h, b.y + b.h) - max(a.y, b.y)
    return max(0.0, w) * max(0.0, h)


if __name__ == "__main__":
    main()
