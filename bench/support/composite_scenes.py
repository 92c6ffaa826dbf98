"""Scenes of known layout, of real people in windows; `composites.write` makes films of them."""

import math
from dataclasses import replace

from composites import Ground, Scene, Window, cells
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
WHOLE = (0, 0, 1280, 720)
SAID = ("NOBODY TOLD ME", "THAT IT COULD", "BE THIS EASY", "TO BEGIN AGAIN")
SUBTITLES = ("Writing the Constitution", "a new chapter", "so it begins", "of the people")


def _windows(boxes: list[Rect], first: int = 0) -> tuple[Window, ...]:
    """Return windows with one person each."""
    return tuple(Window(box=box, file=FACES[first + n]) for n, box in enumerate(boxes))


def _call(
    name: str, boxes: list[Rect], *, first: int = 0, radius: int = 0, plates: bool = False
) -> Scene:
    """Return a call in which the plain ground around the windows is no part of the picture."""
    boxes = [(x, y, min(w, 1280 - x), h) for x, y, w, h in boxes]
    left, top = min(b[0] for b in boxes), min(b[1] for b in boxes)
    right, bottom = max(b[0] + b[2] for b in boxes), max(b[1] + b[3] for b in boxes)
    return Scene(
        name=name,
        ground=plain(DARK),
        windows=_windows(boxes, first),
        picture=(left, top, right - left, bottom - top),
        radius=radius,
        plates=plates,
    )


def _highlit(scene: Scene) -> Scene:
    """Return the scene with a colored border around who speaks."""
    return replace(scene, highlight=True)


def _framed(
    name: str,
    box: Rect,
    *,
    size: tuple[int, int] = (1280, 720),
    ground: Ground | None = None,
    face: int = 9,
    texts: tuple[Text, ...] = (),
) -> Scene:
    """Return one camera's picture, with bars around it if the box is not the whole frame."""
    window = Window(box=box, file=FACES[face], kind=None, zoom=None)
    ground = ground or plain((0, 0, 0), size)
    return Scene(name=name, ground=ground, windows=(window,), size=size, picture=box, texts=texts)


def _texts(said: tuple[str, ...], box: Rect, every_s: float, shown_s: float) -> tuple[Text, ...]:
    """Return lines of burned-in text, one after the other, in the first twelve seconds."""
    starts = [every_s * n for n in range(round(12 / every_s))]
    return tuple(
        Text(text=said[n % len(said)], box=box, start_s=start_s, end_s=start_s + shown_s)
        for n, start_s in enumerate(starts)
    )


def _wander(t_s: float) -> tuple[int, int]:
    return round(250 * math.sin(t_s)), round(120 * math.sin(0.7 * t_s))


def _silent_third() -> Scene:
    """Return three thirds, of which one listens all the time."""
    scene = _call("silent_third", cells((0, 0, 1281, 720), 3, 1), first=1)
    first, listener, last = scene.windows
    return replace(scene, windows=(first, replace(listener, speaks=False), last), duration_s=24.0)


def _moving_tile() -> Scene:
    """Return a window that wanders over the ground, so that no border stays."""
    window = Window(box=(400, 160, 480, 360), file=FACES[1], moves=_wander)
    other = Window(box=(30, 30, 260, 200), file=FACES[2], moves=lambda t_s: (0, round(40 * t_s)))
    return Scene(name="moving_tile", ground=plain(DARK), windows=(window, other))


def _inset_game() -> Scene:
    """Return a speaker in the corner of a lively game at 60 pictures a second."""
    inset = Window(box=(0, 440, 372, 280), file=FACES[8], kind="inset")
    scene = Scene(name="inset_game", ground=game(), windows=(inset,), screen=WHOLE)
    return replace(scene, fps=60, duration_s=10.0)


def _screen_share() -> Scene:
    """Return a shared screen beside a column of windows."""
    screen = (12, 90, 960, 540)
    return Scene(
        name="screen_share",
        ground=beside(slides(6.0, screen[2:]), screen[:2]),
        windows=_windows(cells((984, 90, 284, 540), 1, 3, gap=8)),
        screen=screen,
        picture=(12, 90, 1256, 540),
        highlight=True,
    )


def _poster() -> Scene:
    """Return a speaker beside a photograph of a face on the wall."""
    speaker = Window(box=WHOLE, file=FACES[9], kind=None, zoom=None)
    photo = Window(box=(930, 120, 220, 290), file=FACES[0], kind=None, frozen=True)
    return Scene(name="poster", ground=plain((0, 0, 0)), windows=(speaker, photo))


def _mirrored() -> Scene:
    """Return the same person twice, once mirrored."""
    left, right = cells(WHOLE, 2, 1)
    pair = (Window(box=left, file=FACES[2]), Window(box=right, file=FACES[2], mirrored=True))
    return Scene(name="mirrored", ground=plain(DARK), windows=pair)


def _walks_out() -> Scene:
    """Return two windows; the person in the second leaves."""
    left, right = cells((8, 8, 1264, 704), 2, 1, gap=8)
    pair = (
        Window(box=left, file=FACES[2]),
        Window(box=right, file=FACES[3], leaves=(7.0, 9.0), speaks=False),
    )
    return Scene(name="walks_out", ground=plain(DARK), windows=pair, picture=(8, 8, 1264, 704))


def scenes() -> dict[str, Scene]:
    """Return all scenes by name."""
    inset = Window(box=(948, 512, 320, 196), file=FACES[5], kind="inset")
    three = [*cells((160, 16, 960, 336), 2, 1, gap=12), (403, 364, 474, 336)]
    found = (
        _highlit(_call("call_2", cells((16, 183, 1248, 354), 2, 1, 16), radius=14, plates=True)),
        _call("call_3", three, radius=10, plates=True),
        _highlit(_call("call_4", cells((4, 4, 1272, 712), 2, 2, 4))),
        _highlit(_call("call_6", cells((14, 130, 1252, 460), 3, 2, 10), radius=8, plates=True)),
        _highlit(_call("call_12", cells((10, 30, 1260, 660), 4, 3, 8), radius=8, plates=True)),
        _call("seamless_2", cells(WHOLE, 2, 1), first=1),
        _call("seamless_3", cells((0, 0, 1281, 720), 3, 1)),  # borders between the pixels looked at
        _silent_third(),
        _call("seamless_4", cells(WHOLE, 2, 2)),
        _call("seamless_6", cells((0, 0, 1281, 720), 3, 2)),
        _moving_tile(),
        Scene(name="inset_slide", ground=slides(8.0), windows=(inset,), screen=WHOLE),
        _inset_game(),
        _screen_share(),
        _framed(
            "letterbox",
            (0, 92, 1280, 536),
            texts=_texts(SUBTITLES, (240, 650, 800, 44), 3.0, 2.5),
        ),
        _framed("pillarbox", (160, 0, 960, 720)),
        _framed("nested", (92, 436, 536, 402), size=(720, 1280), ground=bar_in_bar()),
        _framed("night", WHOLE, face=8),  # its upper part is almost black, and no bar
        _poster(),
        _mirrored(),
        _walks_out(),
        Scene(name="slideshow", ground=slides(4.0)),
        _framed("captions", WHOLE, face=5, texts=_texts(SAID, (290, 540, 700, 90), 1.5, 1.5)),
    )
    return {scene.name: scene for scene in found}
