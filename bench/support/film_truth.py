"""What is known about a film: its windows, faces and writing, and who speaks when.

Read from the truth file beside a film, or, where there is none, as far as our own stages find it:
then nobody is known to speak.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.support.composite_scenes import SCENES
from bench.support.composites import Window, moved
from pipeline.core.data import Box, FaceTrack, Region, Shot, Span
from pipeline.vision.tracks import boxes_at, presence

WINDOWS = ("tile", "inset")
WRITING = ("text", "caption")
Entry = Mapping[str, Any]  # of a truth file


@dataclass(frozen=True, slots=True, kw_only=True)
class Someone:
    """A person, or a photograph of one."""

    name: str
    silent: bool  # says nothing in the whole film
    face_at: Callable[[float], Box | None]  # in the source at a time in s; None: not visible


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Somebody speaks."""

    who: str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """A line of text that the source itself shows."""

    box: Box
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """A film, in seconds and display pixels of the source."""

    windows: tuple[Region, ...] | None  # of kind tile and inset; None: unknown
    picture: Box | None  # without bars and the ground around windows; None: unknown
    people: tuple[Someone, ...]
    turns: tuple[Turn, ...]
    writing: tuple[Writing, ...]

    def speaker_at(self, t_s: float) -> Someone | None:
        """Return who is known to speak."""
        for turn in self.turns:
            if turn.span.start_s <= t_s < turn.span.end_s:
                return next(p for p in self.people if p.name == turn.who)
        return None

    def writing_at(self, t_s: float) -> list[Box]:
        """Return the lines of text in the picture."""
        return [w.box for w in self.writing if w.span.start_s <= t_s < w.span.end_s]


def read_truth(film: Path) -> Truth | None:
    """Read NAME.truth.json; None if there is none, or if it tells of no people."""
    file = film.with_name(f"{film.stem}.truth.json")
    told = json.loads(file.read_text()) if file.exists() else {}
    if "people" not in told:
        return None
    scene = SCENES[film.stem]() if film.stem in SCENES else None
    drawn: Sequence[Window | None] = scene.windows if scene else [None] * len(told["people"])
    whole = 0.0, 0.0, told["width"], told["height"]
    regions = told.get("regions") or [
        {
            "kind": "tile",
            "box_px": _half(person, whole),
            "start_s": 0.0,
            "end_s": told["duration_s"],
        }
        for person in told["people"]
        if scene is None
    ]
    return Truth(
        windows=tuple(
            Region(kind=r["kind"], box=_box(r["box_px"]), start_s=r["start_s"], end_s=r["end_s"])
            for r in regions
            if r["kind"] in WINDOWS
        ),
        picture=_box(told.get("picture_px", whole)),
        people=tuple(_someone(p, w) for p, w in zip(told["people"], drawn, strict=True)),
        turns=tuple(
            Turn(who=t["speaker"], span=_span(t)) for t in told.get("turns", told.get("sentences"))
        ),
        writing=tuple(Writing(box=_box(t["box_px"]), span=_span(t)) for t in told.get("texts", [])),
    )


def detected(shots: Sequence[Shot]) -> Truth:
    """Return the faces and the writing that were found in a film without a truth file."""
    tracks = [track for shot in shots for track in shot.tracks]
    return Truth(
        windows=None,
        picture=None,
        people=tuple(
            Someone(name=str(n), silent=False, face_at=_follow(track))
            for n, track in enumerate(tracks)
        ),
        turns=(),
        writing=tuple(
            Writing(box=r.box, span=Span(start_s=r.start_s, end_s=r.end_s))
            for shot in shots
            if shot.layout is not None
            for r in shot.layout.regions
            if r.kind in WRITING
        ),
    )


def _half(person: Entry, whole: Sequence[float]) -> Sequence[float]:
    """Return the window of one of two people side by side."""
    x, y, w, h = whole
    left = (x if person.get("side") == "left" else x + w / 2), y, w / 2, h
    panel: Sequence[float] = person.get("panel_px", left)
    return panel


def _someone(told: Entry, window: Window | None) -> Someone:
    """Describe a person of a truth file; the window moves, or the person leaves it."""
    name = str(told.get("role", told.get("speaker")))
    face = _box(told["face_box_px"]) if told["face_box_px"] else None

    def face_at(t_s: float) -> Box | None:
        if face is None or window is None:
            return face
        if window.leaves is not None and t_s >= window.leaves[0]:
            return None
        x, y, _, _ = moved(window, t_s)
        dx, dy = x - window.box[0], y - window.box[1]
        return Box(x=face.x + dx, y=face.y + dy, w=face.w, h=face.h)

    return Someone(name=name, silent=not told.get("speaks", True), face_at=face_at)


def _follow(track: FaceTrack) -> Callable[[float], Box | None]:
    def face_at(t_s: float) -> Box | None:
        now = np.array([t_s])
        if not presence(track, now)[0]:
            return None
        left, top, right, bottom = (float(v) for v in boxes_at(track, now)[:, 0])
        return Box(x=left, y=top, w=right - left, h=bottom - top)

    return face_at


def _box(px: Sequence[float]) -> Box:
    return Box(x=float(px[0]), y=float(px[1]), w=float(px[2]), h=float(px[3]))


def _span(told: Mapping[str, float]) -> Span:
    return Span(start_s=told["start_s"], end_s=told["end_s"])
