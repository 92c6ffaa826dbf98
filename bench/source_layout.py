"""Measures layouts: tiles, screens and insets found in composites, and false ones in real talks.

Composites have known regions (`bench.support.composite_scenes`); they are made at the first run, in
a folder given as the argument or a temporary one. Of the real talks, those of one camera must have
no tiles. Needs the local recordings.
"""

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from composites import write

from bench.support.composite_scenes import SCENES
from bench.support.recordings import MEDIA
from bench.support.report import keep, show
from pipeline.core.control import Control
from pipeline.core.data import Box, Shot, Source, Span
from pipeline.media.frames import Picture, thumbnails
from pipeline.media.probing import probe
from pipeline.media.thumbnail_grid import sampling_of
from pipeline.vision import shot_scan
from pipeline.vision.source_layout import LayoutFinder

HALVES = (  # two cameras side by side
    "composites/duo_a.mp4",
    "composites/duo_b.mp4",
    "long/podcast_a.mp4",
    "talk/tss_mixture.mp4",
)
MAX_S = 40.0  # of a file
SAME_IOU = 0.6  # of a region found and one wanted

Rows = list[dict[str, object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A region of a composite."""

    kind: str
    box: Box


def composites(folder: Path) -> Iterator[tuple[Path, list[Wanted], Box]]:
    """Yield each composite, its regions and its picture without bars."""
    for scene in SCENES.values():
        path = write(scene(), folder)
        truth = json.loads(path.with_name(path.stem + ".truth.json").read_text())
        wanted = [Wanted(kind=r["kind"], box=_box(r["box_px"])) for r in truth["regions"]]
        yield path, wanted, _box(truth["picture_px"])


def _box(px: Sequence[float]) -> Box:
    return Box(x=px[0], y=px[1], w=px[2], h=px[3])


def look(path: Path) -> tuple[Source, tuple[Shot, ...]]:
    """Return the shots of at most the first MAX_S of a file."""
    source = probe(path, min_duration_s=0.0)
    span = Span(start_s=0.0, end_s=min(MAX_S, source.duration_s))
    return source, shot_scan.look(source, span, control=Control())


def compare(path: Path, wanted: Sequence[Wanted], picture: Box) -> dict[str, object]:
    """Compare the shot that shows a composite longest with its truth."""
    _, shots = look(path)
    shot = max(shots, key=lambda s: s.end_s - s.start_s)
    assert shot.layout is not None
    matches = []
    left = [r for r in shot.layout.regions if r.kind != "text"]
    for one in wanted:
        same = [r for r in left if r.kind == one.kind and overlap(r.box, one.box) >= SAME_IOU]
        if same:
            best = max(same, key=lambda r: overlap(r.box, one.box))
            left.remove(best)
            matches.append((best.box, one.box))
    ious = [overlap(a, b) for a, b in matches]
    return {
        "composite": path.stem,
        "wanted": len(wanted),
        "found": len(matches),
        "false": len(left),
        "mean IoU": round(sum(ious) / len(ious), 3) if ious else "",
        "outside px": max((outside(a, b) for a, b in matches), default=""),
        "picture error px": round(max(_differences(shot.layout.picture, picture)), 1),
    }


def overlap(a: Box, b: Box) -> float:
    """Return the intersection over the union."""
    wide = min(a.x + a.w, b.x + b.w) - max(a.x, b.x)
    high = min(a.y + a.h, b.y + b.h) - max(a.y, b.y)
    shared = max(0.0, wide) * max(0.0, high)
    return shared / (a.w * a.h + b.w * b.h - shared)


def outside(a: Box, b: Box) -> float:
    """Return by how many pixels `a` is beyond `b`, at most; a crop would show as much of others."""
    beyond = (b.x - a.x, b.y - a.y, a.x + a.w - b.x - b.w, a.y + a.h - b.y - b.h)
    return round(max(0.0, *beyond), 1)


def _differences(a: Box, b: Box) -> Iterable[float]:
    return (abs(d) for d in (a.x - b.x, a.y - b.y, a.x + a.w - b.x - b.w, a.y + a.h - b.y - b.h))


def real(path: Path) -> dict[str, object]:
    """Count what is found in a real talk, and measure the cost of finding it."""
    source, shots = look(path)
    layouts = [s.layout for s in shots if s.layout is not None]
    assert source.video is not None
    whole = Box(x=0.0, y=0.0, w=float(source.video.width), h=float(source.video.height))

    def count(is_kind: Callable[[str], bool]) -> int:
        return sum(is_kind(r.kind) for layout in layouts for r in layout.regions)

    return {
        "talk": path.name,
        "shots": len(shots),
        "tiles": count(lambda kind: kind == "tile"),
        "wanted": 2 if str(path.relative_to(MEDIA)) in HALVES else 0,
        "screens, insets": count(lambda kind: kind in {"screen", "inset"}),
        "pictures with bars": sum(layout.picture != whole for layout in layouts),
        "ms per s": round(cost(source, shots), 2),
    }


def cost(source: Source, shots: Sequence[Shot]) -> float:
    """Measure the finder alone, in milliseconds per second of the source."""
    assert source.video is not None
    span = Span(start_s=shots[0].start_s, end_s=shots[-1].end_s)
    pictures: list[tuple[float, Picture]] = list(thumbnails(source, span, control=Control()))
    began = time.process_time()
    finder = LayoutFinder(sampling_of(source.video))
    for t_s, picture in pictures:
        finder.add(t_s, picture)
    for shot in shots:
        finder.layout(shot.start_s, shot.end_s, shot.tracks)
    return 1000 * (time.process_time() - began) / span.duration_s


def main() -> None:
    """Measure composites and real talks."""
    if not MEDIA.is_dir():
        sys.exit(f"{MEDIA} is not here: layouts are measured on people of real talks")
    with TemporaryDirectory() as temporary:
        folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(temporary)
        made: Rows = [compare(*one) for one in composites(folder)]
    show("Composites", made)
    talks = sorted(p for p in (MEDIA / "talk").iterdir() if p.suffix in {".mp4", ".mpg"})
    found: Rows = [real(p) for p in [*talks, *(MEDIA / name for name in HALVES[:3])]]
    show("Real talks", found)
    keep("source_layout", composites=made, talks=found)


if __name__ == "__main__":
    main()
