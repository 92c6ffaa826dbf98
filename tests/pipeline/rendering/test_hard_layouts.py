"""Clips of sources that are hard to lay out: crowded calls, posters, bars in bars, slides, games.

Each film shows real people and is short; its clip is made as a job makes it, with words and a title
that are given, once with text and once without. What is asserted is what somebody sees in it.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest
from av.video.frame import VideoFrame
from films import Picture
from real_models import models
from rendered_clips import FAST
from shared_media import media

import pipeline
from bench.support import composites
from bench.support.composite_scenes import cells
from bench.support.composites import Scene, Window
from bench.support.drawing import Rect, Text
from bench.support.grounds import DARK, bar_in_bar, beside, game, plain, slides
from pipeline.core.control import Control
from pipeline.core.data import (
    Box,
    Breakdown,
    Clip,
    Highlight,
    Sentence,
    Talk,
    Transcript,
    Word,
)
from pipeline.media.probing import probe
from pipeline.vision.face_tracking import detect

WIDTH, HEIGHT = 720, 1280
WHOLE = slice(438, 842)  # rows of a 16:9 picture that is shown whole
SECONDS = 2.8
STANDING = "subtitleeffect_obama.mp4"  # in talk/, as the others
CLOSE, NARROW = "videoretalking_face4.mp4", "videoretalking_face1.mp4"
QUICK = ("GRID_bbaf2n.mpg", "GRID_lbbc2a.mpg", "GRID_lrwp9a.mpg", "GRID_sbwe5n.mpg")
SAID = ("so", "here", "is", "what", "nobody", "ever", "tells", "you", "about", "this")
WORD_S = 0.25
INK_LEVELS = 48  # by which text changes a picture at least, 0..255; coding changes it less
MAX_COVERED = 0.02  # of a face
LOOKS = 6

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
        boxes = (found.box for found in detect(small, WIDTH, HEIGHT))
        middles = range(HEIGHT)[rows]
        return [b for b in boxes if int(b.y + b.h / 2) in middles]


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A clip and moments of it, evenly spread."""

    clip: Clip
    seen: list[Seen]


@pytest.fixture
def make(tmp_path: Path) -> Callable[[Scene], Made]:
    def made(scene: Scene) -> Made:
        for window in scene.windows:
            media(f"talk/{window.file}")
        film = composites.write(scene, tmp_path)
        clip = clip_of(film, tmp_path / "clip")
        assert (clip.width, clip.height) == (WIDTH, HEIGHT)
        assert clip.duration_s == pytest.approx(scene.duration_s, abs=0.15)
        return Made(clip=clip, seen=list(looks(film, clip)))

    return made


def clip_of(film: Path, stem: Path) -> Clip:
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
    highlight = Highlight(
        start_s=0.0,
        end_s=source.duration_s,
        first_sentence=0,
        last_sentence=0,
        score=0.5,
        virality_score=50,
        breakdown=Breakdown(hook=0.5, flow=0.5, value=0.5, energy=0.5),
        reason="",
        title="Nobody knows how hard it is to begin",
    )
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


def looks(film: Path, clip: Clip) -> Iterator[Seen]:
    """Yield LOOKS moments of a clip beside its source."""
    times = list(map(float, np.linspace(0.05, 0.95, LOOKS) * clip.duration_s))
    assert clip.clean is not None
    for t_s, source, written, picture in zip(
        times, *(pictures_at(path, times) for path in (film, clip.path, clip.clean)), strict=True
    ):
        changed = np.abs(written.astype(np.int16) - picture).max(axis=2)
        yield Seen(t_s=t_s, source=source, picture=picture, ink=changed > INK_LEVELS)


def pictures_at(path: Path, times: list[float]) -> list[Picture]:
    """Decode the pictures of a file that are shown at ascending times."""
    found: list[Picture] = []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            while len(found) < len(times) and frame.time >= times[len(found)] - 1e-3:
                found.append(np.asarray(frame.to_ndarray(format="rgb24"), np.uint8))
    return found


def small(picture: Picture) -> npt.NDArray[np.float32]:
    frame = VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
    return frame.reformat(96, 54, "rgb24", interpolation="AREA").to_ndarray().astype(np.float32)


def alike(a: Picture, b: Picture) -> bool:
    """Whether two pictures show the same, whatever their size."""
    return float(np.abs(small(a) - small(b)).mean()) < 6


def part(picture: Picture, rect: Rect) -> Picture:
    x, y, w, h = rect
    return picture[y : y + h, x : x + w]


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
    assert all(seen.ink.sum() > 2000 for seen in made.seen[1:-1])


def check_nothing_written_in(made: Made, rows: slice) -> None:
    assert not any(seen.ink[rows].sum() > 40 for seen in made.seen)


def scene(
    name: str,
    *windows: Window,
    ground: composites.Ground | None = None,
    size: tuple[int, int] = (1280, 720),
) -> Scene:
    return Scene(
        name=name,
        ground=ground or plain(DARK, size),
        windows=windows,
        size=size,
        duration_s=SECONDS,
    )


def whole(file: str, box: Rect) -> Window:
    """One camera's picture."""
    return Window(box=box, file=file, kind=None, zoom=None)


def test_a_call_of_twelve_is_shown_whole(make: Callable[[Scene], Made]) -> None:
    boxes = cells((10, 30, 1260, 660), 4, 3, gap=8)
    people = (Window(box=b, file=QUICK[(n + n // 4) % 4]) for n, b in enumerate(boxes))
    made = make(replace(scene("call", *people), radius=8, plates=True, highlight=True))
    check_written(made)
    check_faces(made, least=10, height=40)
    for seen in made.seen:
        high = WIDTH * 660 / 1260
        rows = slice(round((HEIGHT - high) / 2), round((HEIGHT + high) / 2))
        assert seen.ink[rows].sum() < 40


def test_a_window_that_wanders_keeps_its_face(make: Callable[[Scene], Made]) -> None:
    def wander(t_s: float) -> tuple[int, int]:
        return round(200 * math.sin(1.3 * t_s)), round(90 * math.sin(0.9 * t_s))

    made = make(scene("wanders", Window(box=(400, 160, 480, 360), file=CLOSE, moves=wander)))
    check_written(made)
    check_faces(made)


def test_a_photograph_on_a_shared_screen_is_nobody_in_the_call(
    make: Callable[[Scene], Made],
) -> None:
    screen = (12, 90, 960, 540)
    made = make(
        scene(
            "poster",
            Window(box=(984, 90, 284, 266), file=QUICK[0]),
            Window(box=(984, 364, 284, 266), file=QUICK[3]),
            Window(box=(620, 250, 240, 300), file=NARROW, kind=None, frozen=True),
            ground=beside(slides(6.0, (960, 540)), screen[:2]),
        )
    )
    check_written(made)
    seam = HEIGHT - round(WIDTH * 540 / 960)
    check_faces(made, height=250, rows=slice(seam))  # whoever speaks, large
    assert all(alike(seen.picture[seam:], part(seen.source, screen)) for seen in made.seen)


def test_writing_all_over_the_picture_is_not_written_on(make: Callable[[Scene], Made]) -> None:
    lines = (
        "EVERYTHING IS ON SALE",
        "AND NOBODY WAS THERE",
        "TO TELL US WHY IT IS",
        "SO WE WENT TO SEE IT",
        "WITH OUR OWN EYES NOW",
        "AND THIS IS WHAT IT IS",
    )
    texts = tuple(Text(text=t, box=(30, 10 + 59 * n, 580, 50)) for n, t in enumerate(lines))
    speaker = whole(STANDING, (0, 0, 640, 360))
    made = make(replace(scene("written", speaker, size=(640, 360)), texts=texts))
    check_written(made)
    check_nothing_written_in(made, WHOLE)
    assert all(alike(seen.picture[WHOLE], seen.source) for seen in made.seen)


def test_bars_on_all_sides_twice_are_left_out(make: Callable[[Scene], Made]) -> None:
    """A 4:3 picture in a 16:9 one in a 9:16 frame."""
    speaker = whole(STANDING, (92, 436, 536, 402))
    made = make(scene("nested", speaker, size=(720, 1280), ground=bar_in_bar()))
    check_written(made)
    check_faces(made, height=300)
    for seen in made.seen:
        edges = seen.picture[[1, -2]].reshape(-1, 3), seen.picture[:, [1, -2]].reshape(-1, 3)
        for edge in edges:
            gray = (np.ptp(edge, axis=1) < 8) & (edge.max(axis=1) < 40)  # as both kinds of bars
            assert gray.mean() < 0.1, seen.t_s


def test_an_upright_film_with_captions_is_left_as_it_is(make: Callable[[Scene], Made]) -> None:
    said = ("NOBODY TOLD ME", "THAT IT COULD", "BE THIS EASY", "TO BEGIN AGAIN")
    texts = tuple(
        Text(text=t, box=(60, 900, 600, 80), start_s=0.7 * n, end_s=0.7 * (n + 1))
        for n, t in enumerate(said)
    )
    speaker = whole(CLOSE, (0, 0, 720, 1280))
    made = make(replace(scene("upright", speaker, size=(720, 1280)), texts=texts))
    assert made.clip.captions == "source"
    check_nothing_written_in(made, slice(890, 990))
    check_faces(made, height=250)
    assert all(alike(seen.picture, seen.source) for seen in made.seen)


def test_slides_without_anybody_are_shown_whole(make: Callable[[Scene], Made]) -> None:
    made = make(scene("slides", ground=slides(1.2)))
    check_written(made)
    check_nothing_written_in(made, WHOLE)
    assert all(alike(seen.picture[WHOLE], seen.source) for seen in made.seen)


def test_a_small_camera_over_a_game_of_sixty_pictures(make: Callable[[Scene], Made]) -> None:
    camera = Window(box=(0, 500, 294, 220), file=CLOSE, kind="inset")
    made = make(replace(scene("game", camera, ground=game()), fps=60, duration_s=1.6))
    with av.open(str(made.clip.path)) as container:
        assert container.streams.video[0].average_rate == 60
    check_written(made)
    seam = HEIGHT - WIDTH * 9 // 16
    check_faces(made, height=250, rows=slice(seam))
    assert all(alike(seen.picture[seam:], seen.source) for seen in made.seen)


def test_a_speaker_who_walks_out_leaves_the_whole_room(make: Callable[[Scene], Made]) -> None:
    speaker = replace(whole(STANDING, (0, 0, 960, 540)), leaves=(1.8, 2.6))
    sign = Text(text="ON AIR", box=(20, 20, 180, 60))  # where no crop on the speaker reaches
    made = make(replace(scene("leaves", speaker, size=(960, 540)), texts=(sign,), duration_s=5.8))
    check_written(made)
    before = [seen for seen in made.seen if seen.t_s < 1.8]
    check_faces(replace(made, seen=before), height=300)
    last = made.seen[-1]
    assert not last.faces()
    assert alike(last.picture[WHOLE], last.source)
    assert last.ink[WHOLE].sum() < 40
