"""Scenes of known layout, each a function from one small vocabulary.

`python -m bench.support.composite_scenes OUT` writes all of them, or those that are named after it.
"""

import math
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from composites import Ground, Scene, Window, cells, write
from drawing import Rect, Text
from grounds import DARK, bar_in_bar, beside, game, plain, slides

FACES = (
    "WDA_AOC_000.mp4",
    "videoretalking_face1.mp4",
    "videoretalking_face4.mp4",
    "GRID_bbaf2n.mpg",
    "wav2liphd_kennedy_low.mp4",
    "speech2lips_obama.mp4",
    "GRID_lbbc2a.mpg",
    "latentsync_demo3.mp4",
    "remotion_tiktok_sample.mp4",
    "subtitleeffect_obama.mp4",
    "GRID_lrwp9a.mpg",
    "GRID_sbwe5n.mpg",
)


def windows(boxes: list[Rect], first: int = 0) -> tuple[Window, ...]:
    """Return windows with one person each."""
    return tuple(Window(box=box, file=FACES[first + n]) for n, box in enumerate(boxes))


def call_2() -> Scene:
    """Two rounded windows with names and a highlighted border."""
    boxes = cells((16, 183, 1248, 354), 2, 1, gap=16)
    return _call("call_2", boxes, radius=14, plates=True, highlight=True)


def call_3() -> Scene:
    """Two windows and one below them in the middle."""
    top = cells((160, 16, 960, 336), 2, 1, gap=12)
    return _call("call_3", [*top, (403, 364, 474, 336)], radius=10, plates=True)


def call_4() -> Scene:
    """Four windows with thin gutters."""
    return _call("call_4", cells((4, 4, 1272, 712), 2, 2, gap=4), highlight=True)


def call_6() -> Scene:
    """Six windows."""
    boxes = cells((14, 130, 1252, 460), 3, 2, gap=10)
    return _call("call_6", boxes, radius=8, plates=True, highlight=True)


def call_12() -> Scene:
    """Twelve windows."""
    boxes = cells((10, 30, 1260, 660), 4, 3, gap=8)
    return _call("call_12", boxes, radius=8, plates=True, highlight=True)


def seamless_2() -> Scene:
    """Two halves of a picture without anything between."""
    return _call("seamless_2", cells((0, 0, 1280, 720), 2, 1), first=1)


def seamless_3() -> Scene:
    """Three thirds; borders lie between the small pictures' pixels."""
    return _call("seamless_3", cells((0, 0, 1281, 720), 3, 1))


def silent_third() -> Scene:
    """Three thirds, of which one listens all the time."""
    scene = _call("silent_third", cells((0, 0, 1281, 720), 3, 1), first=1)
    first, listener, last = scene.windows
    return replace(scene, windows=(first, replace(listener, speaks=False), last), duration_s=24.0)


def seamless_4() -> Scene:
    """Four quarters."""
    return _call("seamless_4", cells((0, 0, 1280, 720), 2, 2))


def seamless_6() -> Scene:
    """Six sixths."""
    return _call("seamless_6", cells((0, 0, 1281, 720), 3, 2))


def _call(
    name: str,
    boxes: list[Rect],
    *,
    first: int = 0,
    radius: int = 0,
    plates: bool = False,
    highlight: bool = False,
) -> Scene:
    """Return a call in which the plain ground around the windows is no part of the picture."""
    boxes = [(x, y, min(w, 1280 - x), h) for x, y, w, h in boxes]
    left, top = min(b[0] for b in boxes), min(b[1] for b in boxes)
    right, bottom = max(b[0] + b[2] for b in boxes), max(b[1] + b[3] for b in boxes)
    return Scene(
        name=name,
        ground=plain(DARK),
        windows=windows(boxes, first),
        picture=(left, top, right - left, bottom - top),
        radius=radius,
        plates=plates,
        highlight=highlight,
    )


def moving_tile() -> Scene:
    """A window that wanders over the ground, so that no border stays."""
    window = Window(box=(400, 160, 480, 360), file=FACES[1], moves=_wander)
    other = Window(box=(30, 30, 260, 200), file=FACES[2], moves=lambda t_s: (0, round(40 * t_s)))
    return Scene(name="moving_tile", ground=plain(DARK), windows=(window, other))


def _wander(t_s: float) -> tuple[int, int]:
    return round(250 * math.sin(t_s)), round(120 * math.sin(0.7 * t_s))


def inset_slide() -> Scene:
    """A speaker in the corner of a slide."""
    inset = Window(box=(948, 512, 320, 196), file=FACES[5], kind="inset")
    return Scene(name="inset_slide", ground=slides(8.0), windows=(inset,), screen=(0, 0, 1280, 720))


def inset_game() -> Scene:
    """A speaker in the corner of a lively game at 60 pictures a second."""
    inset = Window(box=(0, 440, 372, 280), file=FACES[8], kind="inset")
    return Scene(
        name="inset_game",
        ground=game(),
        windows=(inset,),
        screen=(0, 0, 1280, 720),
        fps=60,
        duration_s=10.0,
    )


def screen_share() -> Scene:
    """A shared screen beside a column of windows."""
    return Scene(
        name="screen_share",
        ground=beside(slides(6.0, (960, 540)), (12, 90)),
        windows=windows(cells((984, 90, 284, 540), 1, 3, gap=8)),
        screen=(12, 90, 960, 540),
        picture=(12, 90, 1256, 540),
        highlight=True,
    )


def letterbox() -> Scene:
    """A wide picture between bars, with subtitles in the lower one."""
    return _framed("letterbox", (0, 92, 1280, 536), subtitles=(240, 650, 800, 44))


def pillarbox() -> Scene:
    """A 4:3 picture in a 16:9 frame."""
    return _framed("pillarbox", (160, 0, 960, 720))


def nested() -> Scene:
    """A 4:3 picture in a 16:9 one in a 9:16 frame."""
    return _framed("nested", (92, 436, 536, 402), size=(720, 1280), ground=bar_in_bar())


def night() -> Scene:
    """A dark picture without bars: its upper part is almost black."""
    return _framed("night", (0, 0, 1280, 720), file=FACES[8])


def _framed(
    name: str,
    box: Rect,
    *,
    size: tuple[int, int] = (1280, 720),
    ground: Ground | None = None,
    file: str = FACES[9],
    subtitles: Rect | None = None,
) -> Scene:
    """Return one camera's picture with bars around it."""
    words = ("Writing the Constitution", "a new chapter", "so it begins", "of the people")
    texts = tuple(
        Text(text=words[n % 4], box=subtitles, start_s=3.0 * n, end_s=3.0 * n + 2.5)
        for n in range(4 if subtitles else 0)
        if subtitles
    )
    window = Window(box=box, file=file, kind=None, zoom=None)
    return Scene(
        name=name,
        ground=ground or plain((0, 0, 0), size),
        windows=(window,),
        size=size,
        picture=box,
        texts=texts,
    )


def poster() -> Scene:
    """A speaker beside a photograph of a face on the wall."""
    speaker = Window(box=(0, 0, 1280, 720), file=FACES[9], kind=None, zoom=None)
    photo = Window(box=(930, 120, 220, 290), file=FACES[0], kind=None, frozen=True)
    return Scene(name="poster", ground=plain((0, 0, 0)), windows=(speaker, photo))


def mirrored() -> Scene:
    """The same person twice, once mirrored."""
    left, right = cells((0, 0, 1280, 720), 2, 1)
    pair = (Window(box=left, file=FACES[2]), Window(box=right, file=FACES[2], mirrored=True))
    return Scene(name="mirrored", ground=plain(DARK), windows=pair)


def walks_out() -> Scene:
    """Two windows; the person in the second leaves."""
    left, right = cells((8, 8, 1264, 704), 2, 1, gap=8)
    pair = (
        Window(box=left, file=FACES[2]),
        Window(box=right, file=FACES[3], leaves=(7.0, 9.0), speaks=False),
    )
    return Scene(name="walks_out", ground=plain(DARK), windows=pair, picture=(8, 8, 1264, 704))


def slideshow() -> Scene:
    """Slides that change, and nobody."""
    return Scene(name="slideshow", ground=slides(4.0))


def captions() -> Scene:
    """One speaker with large burned-in captions."""
    said = ["NOBODY TOLD ME", "THAT IT COULD", "BE THIS EASY", "TO BEGIN AGAIN"]
    texts = tuple(
        Text(text=said[n % 4], box=(290, 540, 700, 90), start_s=1.5 * n, end_s=1.5 * (n + 1))
        for n in range(8)
    )
    speaker = Window(box=(0, 0, 1280, 720), file=FACES[5], kind=None, zoom=None)
    return Scene(name="captions", ground=plain((0, 0, 0)), windows=(speaker,), texts=texts)


SCENES: dict[str, Callable[[], Scene]] = {
    scene.__name__: scene
    for scene in (
        call_2,
        call_3,
        call_4,
        call_6,
        call_12,
        seamless_2,
        seamless_3,
        silent_third,
        seamless_4,
        seamless_6,
        moving_tile,
        inset_slide,
        inset_game,
        screen_share,
        letterbox,
        pillarbox,
        nested,
        night,
        poster,
        mirrored,
        walks_out,
        slideshow,
        captions,
    )
}


def main() -> None:
    """Write all scenes, or those named, into a folder."""
    folder, *names = sys.argv[1:]
    for name, scene in SCENES.items():
        if not names or name in names:
            print(write(scene(), Path(folder)), flush=True)


if __name__ == "__main__":
    main()
