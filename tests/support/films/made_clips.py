"""Makes the clip of a drawn film as a job makes it, and looks at it as a viewer would.

Words and title are given; each clip is made once with text and once without, which tells where text
stands.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import av
import composites
import numpy as np
import numpy.typing as npt
import pytest
from av.video.frame import VideoFrame
from films import Picture
from real_models import models
from rendered_clips import FAST, highlight_of
from shared_media import media

import pipeline
from pipeline.core.control import Control
from pipeline.core.data import Box, Clip, Sentence, Span, Talk, Transcript, Word
from pipeline.framing.shared_screen import CAPTION_SHARE
from pipeline.media.probing import probe
from pipeline.media.thumbnail_grid import Sampling
from pipeline.vision.face_tracking import detect

WIDTH, HEIGHT = 720, 1280
SAID = ("so", "here", "is", "what", "nobody", "ever", "tells", "you", "about", "this")
WORD_S = 0.25
LOOKS = 6
INK_LEVELS = 48  # by which text changes a picture at least, 0..255; coding changes it less
MIN_INK, STRAY_INK = 2000, 40  # pixels of a line of text, and of what coding changes
MAX_COVERED = 0.02  # share of a face
MAX_DIFFERENCE_LEVELS = 6.0  # mean, between two small pictures of the same

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A moment of a clip."""

    t_s: float
    source: Picture
    picture: Picture  # without text
    ink: Mask  # where text is

    def faces(self, rows: slice = slice(None)) -> list[Box]:
        """Return the faces whose middle is in `rows`."""
        small = np.ascontiguousarray(self.picture[::2, ::2])
        boxes = (found.box for found in detect(small, Sampling(width=WIDTH, height=HEIGHT)))
        middles = range(HEIGHT)[rows]
        return [b for b in boxes if int(b.y + b.h / 2) in middles]


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A clip and moments of it, evenly spread."""

    clip: Clip
    seen: list[Seen]


def make(scene: composites.Scene, folder: Path) -> Made:
    """Draw a scene and make its clip, of the right size and length; skip without its people."""
    for window in scene.windows:
        media(f"talk/{window.file}")
    film = composites.write(scene, folder)
    clip = _clip_of(film, folder / "clip")
    assert (clip.width, clip.height) == (WIDTH, HEIGHT)
    assert clip.duration_s == pytest.approx(scene.duration_s, abs=0.15)
    return Made(clip=clip, seen=list(_looks(film, clip)))


def _clip_of(film: Path, stem: Path) -> Clip:
    """Make the clip of a whole film, as `pipeline.make_clips` does after listening."""
    source = probe(film, min_duration_s=1.0)
    count = int((source.duration_s - 0.4) / WORD_S)
    words = tuple(
        Word(
            text=SAID[n % len(SAID)],
            start_s=0.2 + n * WORD_S,
            end_s=0.2 + (n + 0.9) * WORD_S,
            probability=1.0,
        )
        for n in range(count)
    )
    sentence = Sentence(
        text="", start_s=0.2, end_s=words[-1].end_s, first_word=0, last_word=count - 1
    )
    span = Span(start_s=0.0, end_s=source.duration_s)
    highlight = highlight_of(span, title="Nobody knows how hard it is to begin")
    transcript = Transcript(
        language="en", duration_s=source.duration_s, words=words, sentences=(sentence,)
    )
    return pipeline.make_clip(
        Talk(source=source, transcript=transcript, highlights=(highlight,)),
        highlight,
        models=models(),
        options=replace(FAST, hook_title=True, clean_video=True),
        stem=stem,
        control=Control(),
    )


def _looks(film: Path, clip: Clip) -> Iterator[Seen]:
    """Yield LOOKS moments of a clip beside its source."""
    times = list(map(float, np.linspace(0.05, 0.95, LOOKS) * clip.duration_s))
    assert clip.clean is not None
    for t_s, source, written, picture in zip(
        times, *(_pictures_at(path, times) for path in (film, clip.path, clip.clean)), strict=True
    ):
        changed = np.abs(written.astype(np.int16) - picture).max(axis=2)
        yield Seen(t_s=t_s, source=source, picture=picture, ink=changed > INK_LEVELS)


def _pictures_at(path: Path, times: list[float]) -> list[Picture]:
    """Decode the pictures of a file that are shown at ascending times."""
    found: list[Picture] = []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            while len(found) < len(times) and frame.time >= times[len(found)] - 1e-3:
                found.append(np.asarray(frame.to_ndarray(format="rgb24"), np.uint8))
    return found


def _small(picture: Picture) -> npt.NDArray[np.float32]:
    frame = VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
    return frame.reformat(96, 54, "rgb24", interpolation="AREA").to_ndarray().astype(np.float32)


def alike(a: Picture, b: Picture) -> bool:
    """Whether two pictures show the same, whatever their size."""
    return float(np.abs(_small(a) - _small(b)).mean()) < MAX_DIFFERENCE_LEVELS


def screen_rows(width: int, height: int) -> slice:
    """Return the rows of a shared screen of this shape below its speaker and the captions."""
    lower, ground = WIDTH * height / width, CAPTION_SHARE * HEIGHT / 2  # below the screen
    return slice(round(HEIGHT - ground - lower) + 2, round(HEIGHT - ground) - 2)


def check_faces(
    made: Made, *, least: int = 1, height: int = 150, rows: slice = slice(None)
) -> None:
    """Check that every look shows `least` faces of this height, none torn and none written on."""
    for seen in made.seen:
        large = [face for face in seen.faces(rows) if face.h >= height]
        assert len(large) >= least, seen.t_s
        for face in large:
            assert min(face.x, face.y) > 2, seen.t_s
            assert face.x + face.w < WIDTH - 2, seen.t_s
            assert face.y + face.h < HEIGHT - 2, seen.t_s
            top, left = int(face.y), int(face.x)
            over = seen.ink[top : int(face.y + face.h), left : int(face.x + face.w)]
            assert over.mean() <= MAX_COVERED, seen.t_s


def check_written(made: Made) -> None:
    """Check that there is text at every look while words are spoken."""
    assert made.clip.captions == "drawn"
    assert all(seen.ink.sum() > MIN_INK for seen in made.seen[1:-1])


def check_nothing_written_in(made: Made, rows: slice) -> None:
    """Check that no text stands in these rows at any look."""
    assert not any(seen.ink[rows].sum() > STRAY_INK for seen in made.seen)
