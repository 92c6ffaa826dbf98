"""Moves the camera a little in long takes: slow pushes, and punch-ins on emphasized words.

The zoom of one person's crop changes along easing curves about the face, within the crop that was
planned: the face stays where it is, and nothing outside the planned crop comes into the picture.
A push takes three seconds from the beginning of a sentence; then the camera rests. A crop that
shows the source pixel by pixel is not pushed, because that would only cost sharpness.
Where the crop follows a moving face, and in panes and whole pictures, nothing is added.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from pipeline.captions.layout.emphasis import key_words
from pipeline.core.arrays import F64
from pipeline.core.data import CropKey, CropPath, CropSegment, Motion, Shot, Word
from pipeline.core.face_room import FaceRoom, face_room
from pipeline.core.layout import zoom_in
from pipeline.language.sentences import ends_sentence

PUSH = 0.05  # zoom of a push in; the next one goes back
PUSH_S = 3.0
PIXEL_BY_PIXEL = 0.9, 1.1  # heights of a crop, in heights of the clip, that are not pushed
MIN_TAKE_S = 4.0  # a shorter take stays still
FIRST_PUSH_S = 1.0  # after the beginning of a take
BEAT_S = 10.0  # minimum time between two pushes; a push begins with a sentence
PUNCH = 0.09  # extra zoom of a punch-in
PUNCH_IN_S = 0.22
PUNCH_OUT_S = 0.5
MIN_PUNCH_INTERVAL_S = 4.0  # interval between two punch-ins: more would be restless
STEP_S = 1 / 15  # interval between keys
STILL_PIXELS = 0.5  # distance a still crop may move


def add_motion(
    path: CropPath,
    motion: Motion,
    *,
    shots: Sequence[Shot],
    words: Sequence[Word] = (),
    language: str = "",
) -> CropPath:
    """Return the path with zooms added; all times are on one clock.

    `words` are what is said in `language` (ISO 639-1): a push turns between two sentences, and
    "punchy" punches in on words that captions would emphasize.
    """
    if motion == "none":
        return path
    ends = [(a.end_s + b.start_s) / 2 for a, b in pairwise(words) if ends_sentence(a.text, b.text)]
    punches = _spaced(_accents(words, language)) if motion == "punchy" else []
    segments = (
        _moved(segment, shots, height=path.height, ends=ends, punches=punches)
        for segment in path.segments
    )
    return replace(path, segments=tuple(segments))


def _moved(
    segment: CropSegment,
    shots: Sequence[Shot],
    *,
    height: int,
    ends: Sequence[float],
    punches: Sequence[Word],
) -> CropSegment:
    """Return the segment with zooms for a clip of `height`, or as it was."""
    room = _room(segment, shots)
    if room is None:
        return segment
    count = max(2, round((segment.end_s - segment.start_s) / STEP_S) + 1)
    times = np.linspace(segment.start_s, segment.end_s, count)
    box = segment.keys[0].box
    least, most = (share * height for share in PIXEL_BY_PIXEL)
    push = 0.0 if least <= box.h <= most else _push(times, ends)
    zoom = 1.0 + push + _punches(times, punches)
    zoom = np.minimum(zoom, room.max_zoom)
    if zoom.max() == 1.0:
        return segment
    keys = [
        CropKey(t_s=float(t), box=zoom_in(box, float(z), room.center(box)))
        for t, z in zip(times, zoom, strict=True)
    ]
    return replace(segment, keys=tuple(keys))


def _room(segment: CropSegment, shots: Sequence[Shot]) -> FaceRoom | None:
    """Return the room about the face of a crop that stands still and may be zoomed."""
    long = segment.end_s - segment.start_s >= MIN_TAKE_S
    if segment.layout != "crop" or not long or not _stands(segment):
        return None
    return face_room(segment, shots, segment.start_s, segment.end_s)


def _stands(segment: CropSegment) -> bool:
    first = segment.keys[0].box
    return all(
        abs(k.box.x - first.x) + abs(k.box.y - first.y) + abs(k.box.w - first.w) < STILL_PIXELS
        for k in segment.keys
    )


def _push(times: F64, ends: Sequence[float]) -> F64:
    """Return the zoom of pushes in and back, shape (n,), 0..PUSH."""
    zoom = np.zeros(len(times))
    for n, at_s in enumerate(_beats(float(times[0]), float(times[-1]), ends)):
        step = PUSH * _ease(np.clip((times - at_s) / PUSH_S, 0.0, 1.0))
        zoom += step if n % 2 == 0 else -step
    return zoom


def _beats(start_s: float, end_s: float, ends: Sequence[float]) -> list[float]:
    """Return when pushes begin: soon after the beginning, then where a sentence ends."""
    beats = [start_s + FIRST_PUSH_S]
    for t_s in ends:
        if t_s - beats[-1] >= BEAT_S and t_s + PUSH_S <= end_s:
            beats.append(t_s)
    return beats


def _punches(times: F64, punches: Sequence[Word]) -> F64:
    """Return the zoom of punch-ins, each held until its word ends, shape (n,), 0..PUNCH."""
    zoom = np.zeros(len(times))
    for word in punches:
        rise = np.clip((times - word.start_s + PUNCH_IN_S / 2) / PUNCH_IN_S, 0.0, 1.0)
        fall = np.clip((times - word.end_s - PUNCH_IN_S) / PUNCH_OUT_S, 0.0, 1.0)
        zoom = np.maximum(zoom, PUNCH * (1 - (1 - rise) ** 3) * (1 - _ease(fall)))
    return zoom


def _accents(words: Sequence[Word], language: str) -> list[Word]:
    """Return the emphasized words of each sentence."""
    ends = [n for n, (a, b) in enumerate(pairwise(words), 1) if ends_sentence(a.text, b.text)]
    sentences = pairwise([0, *ends, len(words)])
    texts = ["" if word.masked else word.text for word in words]
    return [words[n] for n in sorted(key_words(texts, sentences, language))]


def _spaced(words: Sequence[Word]) -> list[Word]:
    """Return the words that begin far enough apart."""
    out: list[Word] = []
    for word in words:
        if not out or word.start_s - out[-1].start_s >= MIN_PUNCH_INTERVAL_S:
            out.append(word)
    return out


def _ease(u: F64) -> F64:
    """Ease in and out: the smoothstep polynomial, 0..1."""
    return u * u * (3 - 2 * u)
