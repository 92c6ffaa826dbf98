"""Draws the sample talk: three cameras, cuts at turns, mouths that follow the sound."""

import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import skia
from sample_people import CLARA, DANIEL, FPS, View, across, draw_person, fill, line, path, rgb

from pipeline.core.arrays import F32

WIDTH, HEIGHT = 1280, 720

HOST = View(person=DANIEL, x=560, y=292, scale=0.98, turn=0.32)
GUEST = View(person=CLARA, x=730, y=300, scale=0.96, turn=-0.32)
BOTH = (
    View(person=DANIEL, x=385, y=262, scale=0.62, turn=0.4),
    View(person=CLARA, x=905, y=276, scale=0.60, turn=-0.4),
)
CAMERAS: dict[str, tuple[View, ...]] = {"host": (HOST,), "guest": (GUEST,), "both": BOTH}


# --- the film -------------------------------------------------------------------------------


def write_film(
    target: Path, sound: F32, rate: int, sentences: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Write the MP4 and return the shots with their cameras and face boxes in pixels."""
    count = math.ceil(len(sound) / rate * FPS)
    opening = {who: _mouth(sound, rate, sentences, who, count) for who in ("host", "guest")}
    shots = _shots(sentences, count)
    with av.open(str(target), "w", options={"movflags": "+faststart"}) as out:
        picture = out.add_stream("libx264", rate=FPS)
        assert isinstance(picture, av.VideoStream)
        picture.width, picture.height, picture.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        picture.options = {"crf": "26", "preset": "slow", "tune": "animation", "g": "125"}
        picture.codec_context.color_primaries = picture.codec_context.color_trc = 1
        picture.codec_context.colorspace = 1
        track = out.add_stream("aac", rate=rate, layout="mono")
        assert isinstance(track, av.AudioStream)
        track.bit_rate = 56_000
        for number in range(count):
            shot = next(s for s in shots if s["first"] <= number < s["end"])
            image = draw(shot["camera"], number, opening)
            frame = av.VideoFrame.from_ndarray(image, format="rgba")
            frame = frame.reformat(
                format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG"
            )
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            out.mux(picture.encode(frame))
        out.mux(picture.encode(None))
        for first in range(0, len(sound), 1024):
            piece = sound[first : first + 1024].reshape(1, -1)
            heard = av.AudioFrame.from_ndarray(piece, format="fltp", layout="mono")
            heard.sample_rate, heard.pts, heard.time_base = rate, first, Fraction(1, rate)
            out.mux(track.encode(heard))
        out.mux(track.encode(None))
    return [
        {
            "start_s": s["first"] / FPS,
            "end_s": s["end"] / FPS,
            "camera": s["camera"],
            "faces": [_face_box(view) for view in CAMERAS[s["camera"]]],
        }
        for s in shots
    ]


def _shots(sentences: list[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    """Cut to the person who begins a turn; use the two-shot for start, end and short exchanges."""
    cuts: list[tuple[int, str]] = [(0, "both")]
    turns: dict[int, list[dict[str, Any]]] = {}
    for sentence in sentences:
        turns.setdefault(sentence["turn"], []).append(sentence)
    for number, said in turns.items():
        length_s = said[-1]["end_s"] - said[0]["start_s"]
        camera = "both" if length_s < 5.0 or number in (0, len(turns) - 1) else said[0]["speaker"]
        frame = max(0, math.floor((said[0]["start_s"] - 0.16) * FPS))
        if camera != cuts[-1][1]:
            cuts.append((frame, camera))
        if length_s > 20.0:  # show a long story once in the two-shot
            middle = said[len(said) // 2]
            cuts.append((math.floor((middle["start_s"] - 0.12) * FPS), "both"))
            after = said[len(said) // 2 + 1]
            cuts.append((math.floor((after["start_s"] - 0.12) * FPS), said[0]["speaker"]))
    ends = [first for first, _ in cuts[1:]] + [count]
    return [
        {"first": first, "end": end, "camera": camera}
        for (first, camera), end in zip(cuts, ends, strict=True)
        if end > first
    ]


def _mouth(sound: F32, rate: int, sentences: list[dict[str, Any]], who: str, count: int) -> F32:
    """Compute how far the mouth of `who` is open in each frame, in [0, 1]."""
    open_ = np.zeros(count, dtype=np.float32)
    step = rate // FPS
    for number in range(count):
        at_s = number / FPS
        if not any(
            s["speaker"] == who and s["start_s"] - 0.05 <= at_s <= s["end_s"] for s in sentences
        ):
            continue
        piece = sound[number * step : (number + 1) * step]
        loud = float(np.sqrt(np.mean(piece**2))) if len(piece) else 0.0
        open_[number] = min(1.0, (loud / 0.11) ** 0.75)
    smooth = open_.copy()
    for number in range(1, count):
        smooth[number] = 0.35 * smooth[number - 1] + 0.65 * open_[number]
    return smooth


def _face_box(view: View) -> list[int]:
    """Return [x, y, width, height] of the face at rest, from brow to chin."""
    return [
        round(view.x - 97 * view.scale),
        round(view.y - 100 * view.scale),
        round(194 * view.scale),
        round(250 * view.scale),
    ]


# --- one frame ---


def draw(camera: str, number: int, opening: dict[str, F32]) -> npt.NDArray[np.uint8]:
    """Draw frame `number`, shape (HEIGHT, WIDTH, 4), RGBA."""
    surface = skia.Surface(WIDTH, HEIGHT)
    canvas = surface.getCanvas()
    canvas.drawImage(_room(camera), 0, 0)
    for view in CAMERAS[camera]:
        who = "guest" if view.person.woman else "host"
        draw_person(canvas, view, number, float(opening[who][number]))
    if camera == "both":
        _table(canvas)
    pixels = surface.makeImageSnapshot().toarray(colorType=skia.kRGBA_8888_ColorType)
    return np.ascontiguousarray(pixels)


# --- the room -------------------------------------------------------------------------------

_rooms: dict[str, Any] = {}


def _room(camera: str) -> Any:
    """Return the blurred background, which is drawn once per camera."""
    if camera not in _rooms:
        surface = skia.Surface(WIDTH, HEIGHT)
        canvas = surface.getCanvas()
        blur = skia.Paint(
            ImageFilter=skia.ImageFilters.Blur(*(9, 9) if camera != "both" else (4, 4))
        )
        canvas.saveLayer(None, blur)
        _wall(canvas, camera)
        canvas.restore()
        shader = skia.GradientShader.MakeRadial(
            center=skia.Point(WIDTH / 2, HEIGHT / 2.2),
            radius=820,
            colors=[0x00000000, rgb(0, 0.5)],
        )
        canvas.drawRect(skia.Rect(0, 0, WIDTH, HEIGHT), skia.Paint(Shader=shader))
        _rooms[camera] = surface.makeImageSnapshot()
    return _rooms[camera]


def _wall(canvas: Any, camera: str) -> None:
    canvas.drawRect(
        skia.Rect(-40, -40, WIDTH + 40, HEIGHT + 40),
        across(0, 0, WIDTH, HEIGHT, 0xB59A7C, 0x8C7460, 0x5E4C42),
    )
    random = np.random.default_rng({"host": 4, "guest": 9, "both": 2}[camera])
    size = 0.62 if camera == "both" else 1.0
    first, last = {"host": (760, 1330), "guest": (-60, 420), "both": (440, 860)}[camera]
    for row in range(4):
        y = 60 + 190 * size * row
        canvas.drawRect(skia.Rect(first - 12, y, last + 12, y + 12), fill(0x4A3426))
        x = float(first)
        while x < last - 10:
            width, height = random.uniform(16, 36) * size, random.uniform(88, 150) * size
            color = random.choice(
                [0x7C3B32, 0x2F4F5F, 0x8A7A4E, 0x4F6048, 0x9C8870, 0x3B3A52, 0xA9613B]
            )
            canvas.drawRect(skia.Rect(x, y - height, x + width - 2, y), fill(int(color), 0.92))
            x += width
            x += 60 * size * (random.random() < 0.12)
    lamp_x = {"host": 210, "guest": 1070, "both": 120}[camera]
    glow = skia.GradientShader.MakeRadial(
        center=skia.Point(lamp_x, 190),
        radius=330 * size,
        colors=[rgb(0xFFE2A8, 0.75), rgb(0xFFDFA0, 0.25), rgb(0xFFDFA0, 0.0)],
    )
    canvas.drawCircle(lamp_x, 190, 330 * size, skia.Paint(Shader=glow))
    canvas.drawPath(
        path(
            (lamp_x - 70 * size, 250),
            (lamp_x - 40 * size, 130),
            (lamp_x + 40 * size, 130),
            (lamp_x + 70 * size, 250),
        ),
        fill(0xFFE9BF),
    )
    canvas.drawRect(skia.Rect(lamp_x - 5, 250, lamp_x + 5, 560), fill(0x3A2A20))


def _table(canvas: Any) -> None:
    """Draw the foreground: a table, a radio under repair, two microphones."""
    top = path((-20, 632), (1300, 632), (1300, 730), (-20, 730))
    canvas.drawPath(top, across(0, 620, 0, 720, 0x9A6B45, 0x5A3A25))
    canvas.drawRect(skia.Rect(0, 628, WIDTH, 634), fill(0xC08A5C, 0.8, 1.5))
    canvas.drawRoundRect(
        skia.Rect(556, 548, 724, 640), 12, 12, across(556, 548, 724, 640, 0x9C4A36, 0x6A2C20)
    )
    canvas.drawCircle(604, 594, 30, fill(0x2A1A14))
    canvas.drawCircle(604, 594, 24, fill(0x6A5648))
    canvas.drawRect(skia.Rect(648, 570, 708, 592), fill(0xF2DDB0))
    canvas.drawCircle(664, 614, 8, fill(0xE0C890))
    canvas.drawCircle(692, 614, 8, fill(0xE0C890))
    canvas.drawLine(700, 548, 752, 470, line(0xB8B8B8, 3))
    for x, lean in ((478, -26), (806, 26)):
        canvas.drawLine(x, 640, x + lean, 560, line(0x1C1C1E, 7))
        canvas.save()
        canvas.rotate(lean * 0.8, x + lean, 545)
        canvas.drawRoundRect(
            skia.Rect(x + lean - 16, 512, x + lean + 16, 572),
            15,
            15,
            across(0, 512, 0, 572, 0x5A5A5E, 0x1A1A1C),
        )
        canvas.restore()
