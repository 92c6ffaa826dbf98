"""Looks at a planned clip every 80 ms and counts what is right and wrong in its picture."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bench.support.film_truth import Truth, detected, follow_faces, read_truth
from bench.support.planned_clips import TITLE, PlannedClip, set_clip_text
from bench.support.recordings import MEDIA
from bench.support.views import (
    Ink,
    View,
    covers,
    crosses_seam,
    holds_face,
    shows_bars,
    views_at,
)
from pipeline.captions.layout.safe_areas import SafeArea
from pipeline.core.data import Box
from pipeline.editing.composition import Composition
from pipeline.recognition import vad
from pipeline.rendering.text_layers import TextLayers

STEP_S = 1 / 12.5  # interval between the moments that are looked at
MAX_COVERED = 0.02  # share of a face or of a line in the source that text may hide
MAX_LATE_S = 0.5  # maximum delay between speech and a caption on screen

Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many, so that films can be pooled."""

    part: float = 0.0
    whole: float = 0.0

    def __add__(self, other: "Share") -> "Share":
        return Share(self.part + other.part, self.whole + other.whole)

    @classmethod
    def of(cls, seen: Sequence[bool]) -> "Share":
        """Return the share of moments in which something is so."""
        return cls(sum(seen), len(seen))

    @property
    def figure(self) -> float | str:
        """The share, 0..1; an empty cell if nothing was to be seen."""
        return round(self.part / self.whole, 4) if self.whole else ""


class Look(NamedTuple):
    """The measures of one film, or of several."""

    film: str
    shares: dict[str, Share]

    def row(self) -> Row:
        """Return the figures as a row of the table."""
        return {"film": self.film} | {name: share.figure for name, share in self.shares.items()}


def pool(name: str, looks: Sequence[Look]) -> Look:
    """Return all films together: moments, not films, weigh the same."""
    keys = looks[0].shares
    return Look(name, {key: sum((look.shares[key] for look in looks), Share()) for key in keys})


def measure(film: Path, clip: PlannedClip) -> Look:
    """Look at a clip with a title every STEP_S."""
    scene, text = clip.scene, set_clip_text(clip, TITLE)
    known = read_truth(film)
    truth = follow_faces(known, scene.shots) if known is not None else detected(scene.shots)
    moments = _moments(scene, text)
    return Look(
        film.stem,
        {
            **_seams(moments, truth),
            **_people(moments, truth),
            "over faces": _over_faces(moments, truth),
            "over text": _over_text(moments, truth),
            "safe ink": _safe(moments, SafeArea.of(scene.path.width, scene.path.height)),
            "captioned": _coverage(moments, clip.speech) if text.captions == "drawn" else Share(),
            "cuts carried": _carried_cuts(film, clip),
        },
    )


class _Moment(NamedTuple):
    """What the clip shows at a time."""

    t_s: float
    views: tuple[View, ...]
    ink: tuple[Ink, ...]
    captioned: bool


def _moments(scene: Composition, text: TextLayers) -> list[_Moment]:
    captions = text.layers[-1] if text.captions == "drawn" else None
    moments: list[_Moment] = []
    for t_s in map(float, np.arange(scene.span.start_s, scene.span.end_s, STEP_S)):
        stamps = {layer: stamp for layer in text.layers if (stamp := layer.at(t_s)) is not None}
        views, ink = tuple(views_at(scene.path, t_s)), tuple(map(Ink.of, stamps.values()))
        moments.append(_Moment(t_s, views, ink, captions in stamps))
    return moments


def _seams(moments: Sequence[_Moment], truth: Truth) -> dict[str, Share]:
    """Count moments that show something beside the window or the picture."""
    windows, picture = truth.windows, truth.picture
    if windows is None or picture is None:
        return {"seams": Share(), "bars": Share()}
    return {
        "seams": Share.of([any(crosses_seam(v, windows) for v in m.views) for m in moments]),
        "bars": Share.of([any(shows_bars(v, picture) for v in m.views) for m in moments]),
    }


def _people(moments: Sequence[_Moment], truth: Truth) -> dict[str, Share]:
    """Count moments of known speech with the speaker in the picture, or only somebody else."""
    inside, wrong = [], []
    for moment in moments:
        speaker = truth.speaker_at(moment.t_s)
        if speaker is None or speaker.face_at(moment.t_s) is None:
            continue
        shown = [p for p in truth.people if holds_face(moment.views, p.face_at(moment.t_s))]
        inside.append(speaker in shown)
        wrong.append(bool(shown) and speaker not in shown)
    return {"speaker inside": Share.of(inside), "wrong person": Share.of(wrong)}


def _over_faces(moments: Sequence[_Moment], truth: Truth) -> Share:
    """Count moments with text over a face."""
    if not truth.people:
        return Share()
    faces = [[p.face_at(m.t_s) for p in truth.people] for m in moments]
    return Share.of(
        [
            covers(m.ink, [face for face in seen if face is not None], m.views, MAX_COVERED)
            for m, seen in zip(moments, faces, strict=True)
        ]
    )


def _over_text(moments: Sequence[_Moment], truth: Truth) -> Share:
    """Count moments with text over writing of the source."""
    if not truth.writing:
        return Share()
    return Share.of([covers(m.ink, truth.writing_at(m.t_s), m.views, MAX_COVERED) for m in moments])


def _safe(moments: Sequence[_Moment], safe: SafeArea) -> Share:
    """Return the share of all text, in pixels, that no app covers with its buttons."""
    area = Box(x=safe.left, y=safe.top, w=safe.right - safe.left, h=safe.bottom - safe.top)
    ink = [text for moment in moments for text in moment.ink]
    return Share(sum(text.over(area) for text in ink), sum(text.area for text in ink))


def _coverage(moments: Sequence[_Moment], speech: vad.Probabilities) -> Share:
    """Return the share of speech with a caption on screen within MAX_LATE_S of it, in seconds."""
    spoken_s = vad.CHUNK_S * (np.flatnonzero(speech >= vad.SPEECH_START) + 0.5)
    shown_s = np.array([m.t_s for m in moments if m.captioned])
    if not len(shown_s):
        return Share(0.0, vad.CHUNK_S * len(spoken_s))
    near = np.abs(spoken_s[:, None] - shown_s).min(axis=1) <= MAX_LATE_S
    return Share(vad.CHUNK_S * int(np.count_nonzero(near)), vad.CHUNK_S * len(near))


def _carried_cuts(film: Path, clip: PlannedClip) -> Share:
    """Count the source's hard cuts, marked by eye, over which a crop is carried by a picture."""
    marked = json.loads((MEDIA / "cuts.json").read_text()).get(f"talk/{film.name}", {})
    span, video = clip.scene.span, clip.source.video
    assert video is not None
    picture_s = 1.01 / float(video.fps)
    crops = [s for s in clip.scene.path.segments if s.layout != "fit"]
    return Share.of(
        [
            any(s.start_s < cut_s - picture_s and s.end_s > cut_s + picture_s for s in crops)
            for cut_s in marked.get("hard_cuts_s", ())
            if span.start_s < cut_s < span.end_s
        ]
    )
