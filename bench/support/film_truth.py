"""What is known about a film: its windows, faces and writing, and who speaks when.

Read from the truth file beside a film, or, where there is none, as far as our own stages find it:
then nobody is known to speak.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from math import hypot
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from composites import Window, moved

from bench.support.composite_scenes import scenes
from bench.support.views import intersection
from pipeline.core.data import Box, FaceTrack, Region, Shot
from pipeline.vision.tracks import boxes_at, presence

SCENES = scenes()
WINDOWS = ("tile", "inset")
WRITING = ("text", "caption")
MAX_NOD = 1.0  # maximum distance of a face from its place at rest, in face heights
MAX_RESIZE = 1.6  # maximum ratio between the found and the known face size

Entry = Mapping[str, Any]  # one entry in a truth file
Place = Callable[[float], Box | None]  # in the source at a time in s


class Someone(NamedTuple):
    """A person, or a photograph of one."""

    name: str
    face_at: Place  # None: not visible
    window_at: Place  # window that the person sits in; None: unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """A film, in seconds and display pixels of the source."""

    windows: tuple[Region, ...] | None  # tiles and insets; None: unknown
    picture: Box | None  # without bars and the ground around windows; None: unknown
    people: tuple[Someone, ...]
    turns: tuple[tuple[str, float, float], ...]  # who speaks, start and end
    writing: tuple[Region, ...]  # lines of text that the source itself shows

    def speaker_at(self, t_s: float) -> Someone | None:
        """Return who is known to speak."""
        speaking = [who for who, start_s, end_s in self.turns if start_s <= t_s < end_s]
        return next((p for p in self.people if p.name in speaking[:1]), None)

    def writing_at(self, t_s: float) -> list[Box]:
        """Return the lines of text in the picture."""
        return [line.box for line in self.writing if line.start_s <= t_s < line.end_s]


def read_truth(film: Path) -> Truth | None:
    """Read NAME.truth.json; None if there is none, or if it tells of no people."""
    file = film.with_name(f"{film.stem}.truth.json")
    told = json.loads(file.read_text()) if file.exists() else {}
    if "people" not in told:
        return None
    scene = SCENES.get(film.stem)
    drawn: Sequence[Window | None] = scene.windows if scene else [None] * len(told["people"])
    whole = 0.0, 0.0, told["width"], told["height"]
    panels = [
        {"kind": "tile", "box_px": _panel(p, whole), "start_s": 0.0, "end_s": told["duration_s"]}
        for p in told["people"]
    ]
    turns = told["turns"] if "turns" in told else told["sentences"]
    return Truth(
        windows=tuple(_region(r) for r in told.get("regions", panels) if r["kind"] in WINDOWS),
        picture=_box(told.get("picture_px", whole)),
        people=tuple(_someone(p, w, whole) for p, w in zip(told["people"], drawn, strict=True)),
        turns=tuple((t["speaker"], t["start_s"], t["end_s"]) for t in turns),
        writing=tuple(_region({"kind": "text", **line}) for line in told.get("texts", ())),
    )


def detected(shots: Sequence[Shot]) -> Truth:
    """Return the faces and the writing that were found in a film without a truth file."""
    tracks = [track for shot in shots for track in shot.tracks]
    found = [r for shot in shots if shot.layout is not None for r in shot.layout.regions]
    return Truth(
        windows=None,
        picture=None,
        people=tuple(Someone(str(n), _follow(t), lambda _: None) for n, t in enumerate(tracks)),
        turns=(),
        writing=tuple(region for region in found if region.kind in WRITING),
    )


def follow_faces(truth: Truth, shots: Sequence[Shot]) -> Truth:
    """Return the truth with each face where it was found, near its place at rest: heads move.

    Where none was found, the face is at rest. What of it is outside its window is not visible.
    """
    tracks = [_follow(track) for shot in shots for track in shot.tracks]
    return replace(truth, people=tuple(_followed(person, tracks) for person in truth.people))


def _followed(person: Someone, tracks: Sequence[Place]) -> Someone:
    @cache
    def face_at(t_s: float) -> Box | None:
        rest, window = person.face_at(t_s), person.window_at(t_s)
        if rest is None:
            return None
        found = [box for track in tracks if (box := track(t_s)) is not None and _near(box, rest)]
        face = min(found, key=lambda box: _distance(box, rest), default=rest)
        return face if window is None else intersection(face, window)

    return person._replace(face_at=face_at)


def _near(found: Box, rest: Box) -> bool:
    """Whether a face that was found is one that is known."""
    size = found.h / rest.h
    return _distance(found, rest) <= MAX_NOD * rest.h and 1 / MAX_RESIZE <= size <= MAX_RESIZE


def _distance(a: Box, b: Box) -> float:
    """Return the pixels between the middles of two boxes."""
    return hypot(a.x + a.w / 2 - b.x - b.w / 2, a.y + a.h / 2 - b.y - b.h / 2)


def _panel(person: Entry, whole: Sequence[float]) -> Sequence[float]:
    """Return the window of a person; where none is told, a half of the picture or all of it."""
    x, y, w, h = whole
    halves = {"left": (x, y, w / 2, h), "right": (x + w / 2, y, w / 2, h)}
    half = halves.get(person.get("side", ""), whole)
    panel: Sequence[float] = person.get("window_px", person.get("panel_px", half))
    return panel


def _someone(told: Entry, window: Window | None, whole: Sequence[float]) -> Someone:
    """Describe a person of a truth file; the window moves, or the person leaves it."""

    def place(box: Box | None) -> Place:
        def at(t_s: float) -> Box | None:
            if box is None or window is None:
                return box
            if window.leaves is not None and t_s >= window.leaves[0]:
                return None
            x, y, _, _ = moved(window, t_s)
            return replace(box, x=box.x + x - window.box[0], y=box.y + y - window.box[1])

        return at

    face = _box(told["face_box_px"]) if told["face_box_px"] else None
    name = str(told.get("role", told.get("speaker")))
    return Someone(name, place(face), place(_box(_panel(told, whole))))


def _follow(track: FaceTrack) -> Place:
    @cache
    def face_at(t_s: float) -> Box | None:
        now = np.array([t_s])
        if not presence(track, now)[0]:
            return None
        left, top, right, bottom = (float(v) for v in boxes_at(track, now)[:, 0])
        return Box(x=left, y=top, w=right - left, h=bottom - top)

    return face_at


def _box(px: Sequence[float]) -> Box:
    return Box(x=float(px[0]), y=float(px[1]), w=float(px[2]), h=float(px[3]))


def _region(told: Entry) -> Region:
    return Region(
        kind=told["kind"], box=_box(told["box_px"]), start_s=told["start_s"], end_s=told["end_s"]
    )
