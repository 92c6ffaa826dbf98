"""Makes talks of known layout: calls, shared screens, insets, bars; with the truth as JSON.

A scene is a ground with windows on it; in each window is a person from a real talk (see `people`),
and they take turns to speak. The same on every machine but for what the encoder does.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import people
from drawing import Rect, Text, rim, rounded, write_text
from films import write_film
from people import FPS, RATE, Person

from pipeline.core.arrays import F32
from pipeline.core.data import RegionKind
from pipeline.media.frames import Picture

TURN_S = (2.0, 5.0)  # shortest and longest
PAUSE_S = (0.3, 0.6)
HIGHLIGHT = (64, 140, 255)
PLATE_PIXELS = 22  # height of a name plate

Ground = Callable[[float], Picture]  # what is behind the windows at a time in s


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A rectangle that shows a person."""

    box: Rect
    file: str  # in talk/
    kind: RegionKind | None = "tile"  # None: the window is the whole of one camera's picture
    zoom: float | None = 3.2  # height in faces at most; None: as much as fits
    mirrored: bool = False
    frozen: bool = False  # a photograph
    speaks: bool = True
    moves: Callable[[float], tuple[int, int]] | None = None  # offset in pixels at a time in s
    leaves: tuple[float, float] | None = None  # between these times, s, the person walks out


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A composite before it is drawn."""

    name: str
    ground: Ground
    windows: tuple[Window, ...] = ()
    size: tuple[int, int] = (1280, 720)
    picture: Rect | None = None  # inside any bars; None: all
    screen: Rect | None = None  # a shared screen, slide or game
    texts: tuple[Text, ...] = ()
    radius: int = 0  # radius of the windows' corners, pixels
    plates: bool = False  # names
    highlight: bool = False  # a colored border around who speaks
    fps: int = FPS
    duration_s: float = 12.0
    seed: int = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Who speaks when."""

    who: int
    start_s: float
    end_s: float


def cells(area: Rect, columns: int, rows: int, gap: int = 0) -> list[Rect]:
    """Return the cells of a grid, row by row, `gap` pixels apart; sides are even."""
    x, y, w, h = area
    wide, high = (w - gap * (columns - 1)) // columns, (h - gap * (rows - 1)) // rows
    return [
        (x + column * (wide + gap), y + row * (high + gap), wide, high)
        for row in range(rows)
        for column in range(columns)
    ]


def write(scene: Scene, folder: Path) -> Path:
    """Write NAME.mp4 and NAME.truth.json, unless they are there, and return the film's path."""
    path = folder / f"{scene.name}.mp4"
    truth = folder / f"{scene.name}.truth.json"
    if path.exists() and truth.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    load = cache(people.load)  # one person may sit in several windows
    speech_s = min(people.MAX_SPEECH_S, scene.duration_s)
    cast = [
        load(w.file, w.box[2], w.box[3], zoom=w.zoom, mirrored=w.mirrored, speech_s=speech_s)
        for w in scene.windows
    ]
    turns = take_turns(scene, cast)
    _film(path, scene, cast, turns)
    truth.write_text(json.dumps(_truth(scene, cast, turns), indent=1) + "\n")
    return path


def take_turns(scene: Scene, cast: Sequence[Person]) -> list[Turn]:
    """Let people speak one at a time until the end, nobody twice in a row if there are others."""
    random = np.random.default_rng(scene.seed)
    speakers = [i for i, window in enumerate(scene.windows) if window.speaks and not window.frozen]
    turns: list[Turn] = []
    t_s = 0.4
    while speakers:
        before = turns[-1].who if turns else -1
        who = int(random.choice([i for i in speakers if i != before] or speakers))
        length_s = min(random.uniform(*TURN_S), len(cast[who].sound) / RATE)
        if t_s + length_s > scene.duration_s:
            break
        turns.append(Turn(who=who, start_s=round(t_s, 2), end_s=round(t_s + length_s, 2)))
        t_s += length_s + random.uniform(*PAUSE_S)
    return turns


def draw(scene: Scene, cast: Sequence[Person], turns: Sequence[Turn], t_s: float) -> Picture:
    """Draw one moment."""
    picture = np.array(scene.ground(t_s))
    for number, (window, person) in enumerate(zip(scene.windows, cast, strict=True)):
        since = next((t.start_s for t in turns if t.who == number and _is_on(t, t_s)), None)
        content = person.picture(0.0 if window.frozen else t_s, since)
        if window.leaves is not None:
            content = _walked_out(content, t_s, *window.leaves)
        x, y, w, h = moved(window, t_s)
        mask = rounded(w, h, scene.radius)
        if scene.highlight and since is not None:
            content = np.where(rim(mask)[..., None], np.array(HIGHLIGHT, np.uint8), content)
        part = picture[y : y + h, x : x + w]
        part[mask] = content[mask]
        if scene.plates:
            plate = Text(
                text=_name(number), box=(x + 8, y + h - PLATE_PIXELS - 8, 90, PLATE_PIXELS)
            )
            write_text(picture, plate, ground=(20, 20, 20))
    for text in scene.texts:
        if text.start_s <= t_s < text.end_s:
            write_text(picture, text)
    return picture


def _is_on(turn: Turn, t_s: float) -> bool:
    return turn.start_s <= t_s < turn.end_s


def _name(number: int) -> str:
    return ("Ann", "Boris", "Chen", "Dora", "Emil", "Fatima")[number % 6]


def moved(window: Window, t_s: float) -> Rect:
    """Return where a window is."""
    x, y, w, h = window.box
    dx, dy = window.moves(t_s) if window.moves else (0, 0)
    return x + dx, y + dy, w, h


def _walked_out(content: Picture, t_s: float, start_s: float, end_s: float) -> Picture:
    """Shift the person to the right out of the window; the plain ground at the left stays."""
    shift = round(content.shape[1] * min(1.0, max(0.0, (t_s - start_s) / (end_s - start_s))))
    columns = np.maximum(0, np.arange(content.shape[1]) - shift)
    return content[:, columns]


def _film(path: Path, scene: Scene, cast: Sequence[Person], turns: Sequence[Turn]) -> None:
    """Encode the pictures and the mixed sound."""
    count = round(scene.duration_s * scene.fps)
    pictures = (draw(scene, cast, turns, number / scene.fps) for number in range(count))
    options = {"preset": "veryfast", "crf": "21", "g": "250"}
    sound = mix(scene, cast, turns)[None]
    write_film(path, pictures, fps=scene.fps, sound=sound, codec_options=options)


def mix(scene: Scene, cast: Sequence[Person], turns: Sequence[Turn]) -> F32:
    """Return the sound, mono at RATE; each turn plays the beginning of its person's recording."""
    sound = np.zeros(round(scene.duration_s * RATE), np.float32)
    for turn in turns:
        first = round(turn.start_s * RATE)
        said = cast[turn.who].sound[: round((turn.end_s - turn.start_s) * RATE)]
        said = said[: len(sound) - first]
        sound[first : first + len(said)] += said
    return sound.clip(-1, 1)


def _truth(scene: Scene, cast: Sequence[Person], turns: Sequence[Turn]) -> dict[str, object]:
    """Describe the scene; boxes are x, y, width, height in pixels."""
    end_s = scene.duration_s
    still = [w for w in scene.windows if w.kind and not w.frozen and w.moves is None]
    regions = [(w.kind, w.box) for w in still]
    if scene.screen is not None:
        regions.append(("screen", scene.screen))
    return {
        "file": f"{scene.name}.mp4",
        "duration_s": end_s,
        "fps": scene.fps,
        "width": scene.size[0],
        "height": scene.size[1],
        "seed": scene.seed,
        "picture_px": scene.picture or (0, 0, *scene.size),
        "regions": [
            {"kind": kind, "box_px": box, "start_s": 0.0, "end_s": end_s} for kind, box in regions
        ],
        "people": [
            _person(number, window, person)
            for number, (window, person) in enumerate(zip(scene.windows, cast, strict=True))
        ],
        "turns": [{"start_s": t.start_s, "end_s": t.end_s, "speaker": str(t.who)} for t in turns],
        "texts": [
            {
                "text": text.text,
                "box_px": text.box,
                "start_s": text.start_s,
                "end_s": min(text.end_s, end_s),
            }
            for text in scene.texts
        ],
    }


def _person(number: int, window: Window, person: Person) -> dict[str, object]:
    x, y = window.box[:2]
    face = person.face
    return {
        "role": str(number),
        "speaks": window.speaks and not window.frozen,
        "photograph": window.frozen,
        "window_px": window.box,
        "face_box_px": face and [round(v) for v in (x + face.x, y + face.y, face.w, face.h)],
        "source": window.file,
    }
