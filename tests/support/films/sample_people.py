"""Draws the two people of the sample talk: Daniel, the host, and Clara, his guest.

All shapes are original. Faces have enough light and shade for a face detector to find them; a face
is 200 units wide, with its origin between the eyes.
"""

import math
from dataclasses import dataclass
from typing import Any

import skia

FPS = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person's appearance; colors are 0xRRGGBB."""

    skin: int
    shade: int  # the skin in shadow
    hair: int
    shine: int  # the hair in light
    iris: int
    lips: int
    shirt: int
    woman: bool
    seed: int  # for the small movements


DANIEL = Person(
    skin=0xE9B795,
    shade=0xA8694A,
    hair=0x3A2A20,
    shine=0x6B5140,
    iris=0x5A7488,
    lips=0xB9786A,
    shirt=0x39536E,
    woman=False,
    seed=3,
)
CLARA = Person(
    skin=0xF2C9AE,
    shade=0xBC7E62,
    hair=0x6E3A22,
    shine=0xA8623C,
    iris=0x5E7350,
    lips=0xB5525A,
    shirt=0x4F7A68,
    woman=True,
    seed=8,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A person in a camera's view: the point between the eyes, and pixels per unit."""

    person: Person
    x: float
    y: float
    scale: float
    turn: float  # how far the face looks to the right (1) or left (-1)


def _wave(number: int, seed: int, period_s: float) -> float:
    """Compute a slow irregular movement in [-1, 1]."""
    t = number / FPS / period_s * 2 * math.pi
    return 0.6 * math.sin(t + seed) + 0.3 * math.sin(2.3 * t + 2 * seed) + 0.1 * math.sin(5.1 * t)


def _blink(number: int, seed: int) -> float:
    """Compute how far the eyes are closed, in [0, 1]: a fifth of a second every few seconds."""
    phase = (number + 37 * seed) % (88 + 9 * (seed % 4))
    return {0: 0.6, 1: 1.0, 2: 1.0, 3: 0.5}.get(phase, 0.0)


def draw_person(canvas: Any, view: View, number: int, open_: float) -> None:
    seed = view.person.seed
    energy = 0.4 + min(1.0, 2 * open_)
    canvas.save()
    canvas.translate(view.x, view.y)
    canvas.scale(view.scale, view.scale)
    canvas.save()
    canvas.translate(1.5 * _wave(number, seed, 9), 1.5 * _wave(number, seed + 1, 5))
    _part(canvas, view, "body")
    canvas.restore()
    canvas.translate(4 * _wave(number, seed, 6), 2.5 * energy * _wave(number, seed + 2, 1.9))
    canvas.rotate(1.8 * _wave(number, seed + 4, 4.3) + 1.2 * view.turn, 0, 120)
    _part(canvas, view, "head")
    _features(canvas, view, number, open_)
    _part(canvas, view, "fringe")
    canvas.restore()


_parts: dict[tuple[int, str, float], Any] = {}
_BOUNDS = {"body": (-345, -170, 345, 640), "head": (-150, -190, 150, 200)}
_BOUNDS["fringe"] = (-180, -190, 180, 260)


def _part(canvas: Any, view: View, name: str) -> None:
    """Draw a part of constant shape, which is rendered once per size."""
    key = (view.person.seed, name, view.scale)
    left, top, right, bottom = _BOUNDS[name]
    if key not in _parts:
        grain = 1.5 * view.scale  # a little larger than needed, because it is rotated later
        surface = skia.Surface(round((right - left) * grain), round((bottom - top) * grain))
        inner = surface.getCanvas()
        inner.scale(grain, grain)
        inner.translate(-left, -top)
        {"body": _body, "head": _head, "fringe": _fringe}[name](inner, view.person)
        _parts[key] = surface.makeImageSnapshot()
    smooth = skia.SamplingOptions(skia.FilterMode.kLinear, skia.MipmapMode.kNone)
    canvas.drawImageRect(_parts[key], skia.Rect(left, top, right, bottom), smooth)


# --- paint ----------------------------------------------------------------------------------


def rgb(color: int, alpha: float = 1.0) -> int:
    return int(skia.ColorSetA(0xFF000000 | color, round(255 * alpha)))


def fill(color: int, alpha: float = 1.0, blur: float = 0.0) -> Any:
    paint = skia.Paint(Color=rgb(color, alpha), AntiAlias=True)
    if blur:
        paint.setMaskFilter(skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, blur))
    return paint


def line(color: int, width: float, alpha: float = 1.0, blur: float = 0.0) -> Any:
    paint = fill(color, alpha, blur)
    paint.setStyle(skia.Paint.kStroke_Style)
    paint.setStrokeWidth(width)
    paint.setStrokeCap(skia.Paint.kRound_Cap)
    return paint


def across(x0: float, y0: float, x1: float, y1: float, *colors: int) -> Any:
    """Return a linear gradient."""
    shader = skia.GradientShader.MakeLinear(
        points=[skia.Point(x0, y0), skia.Point(x1, y1)], colors=[rgb(c) for c in colors]
    )
    return skia.Paint(Shader=shader, AntiAlias=True)


def around(x: float, y: float, radius: float, *colors: int) -> Any:
    """Return a radial gradient."""
    shader = skia.GradientShader.MakeRadial(
        center=skia.Point(x, y), radius=radius, colors=[rgb(c) for c in colors]
    )
    return skia.Paint(Shader=shader, AntiAlias=True)


def _mix(a: int, b: int, share: float) -> int:
    """Return the color between a (0) and b (1)."""
    parts = (((a >> s & 255), (b >> s & 255)) for s in (16, 8, 0))
    red, green, blue = (round(x + (y - x) * share) for x, y in parts)
    return red << 16 | green << 8 | blue


def path(start: tuple[float, float], *curves: tuple[float, ...]) -> Any:
    """Return a closed path of straight lines (2 numbers), quadratic (4) and cubic (6) curves."""
    path = skia.Path()
    path.moveTo(*start)
    for curve in curves:
        {2: path.lineTo, 4: path.quadTo, 6: path.cubicTo}[len(curve)](*curve)
    path.close()
    return path


# --- the body -------------------------------------------------------------------------------


def _body(canvas: Any, person: Person) -> None:
    width = 235 if person.woman else 285
    if person.woman:
        _long_hair(canvas, person)
    chest = path(
        (-62, 168),
        (-90, 196, -width + 30, 205, -width, 262),
        (-width - 36, 330, -width - 46, 460, -width - 52, 620),
        (width + 52, 620),
        (width + 46, 460, width + 36, 330, width, 262),
        (width - 30, 205, 90, 196, 62, 168),
    )
    light, dark = _mix(person.shirt, 0xFFFFFF, 0.12), _mix(person.shirt, 0x000000, 0.45)
    canvas.drawPath(chest, across(-width, 180, width, 520, light, person.shirt, dark))
    canvas.save()
    canvas.clipPath(chest, True)
    for x, bend in ((-150, 26), (-60, -14), (70, 12), (160, -22)):  # folds
        fold = path(
            (x, 250),
            (x + bend, 380, x - bend, 640),
            (x + 16, 640),
            (x + bend + 20, 380, x + 8, 250),
        )
        canvas.drawPath(fold, fill(dark, 0.35, 9))
    canvas.restore()
    neck = path(
        (-54, 92), (-50, 150, -64, 172, -84, 186), (0, 262, 84, 186), (64, 172, 50, 150, 54, 92)
    )
    canvas.drawPath(neck, across(-60, 0, 70, 0, person.skin, _mix(person.skin, person.shade, 0.6)))
    canvas.save()
    canvas.clipPath(neck, True)
    canvas.drawOval(skia.Rect(-90, 60, 90, 172), fill(person.shade, 0.75, 13))  # below the chin
    canvas.restore()
    _collar(canvas, person, dark)


def _collar(canvas: Any, person: Person, dark: int) -> None:
    light = _mix(person.shirt, 0xFFFFFF, 0.2)
    for side in (-1, 1):
        if person.woman:
            edge = path(
                (side * 84, 180),
                (side * 40, 262, 0, 266),
                (0, 280),
                (side * 60, 282, side * 104, 186),
            )
        else:
            edge = path(
                (side * 66, 160),
                (side * 96, 196),
                (side * 62, 286),
                (0, 232),
                (side * 50, 210, side * 66, 160),
            )
        canvas.drawPath(edge, fill(0x000000, 0.25, 6))
        canvas.drawPath(edge, across(0, 160, 0, 290, light, _mix(person.shirt, dark, 0.3)))


def _long_hair(canvas: Any, person: Person) -> None:
    behind = path(
        (0, -148),
        (-150, -150, -148, 20, -146, 120),
        (-150, 200, -136, 236, -86, 236),
        (0, 250, 86, 236),
        (136, 236, 150, 200, 146, 120),
        (148, 20, 150, -150, 0, -148),
    )
    dark = _mix(person.hair, 0x000000, 0.35)
    canvas.drawPath(behind, across(-140, 0, 140, 0, person.hair, dark, person.hair))


# --- the head -------------------------------------------------------------------------------


def _outline(person: Person) -> Any:
    """Return the outline of the face, from forehead to chin."""
    jaw = 62 if person.woman else 74
    chin = 152 if person.woman else 158
    return path(
        (0, -128),
        (-72, -128, -104, -76, -101, -4),
        (-99, 52, -90, 88, -jaw, 116),
        (-42, chin - 8, -24, chin, 0, chin),
        (24, chin, 42, chin - 8, jaw, 116),
        (90, 88, 99, 52, 101, -4),
        (104, -76, 72, -128, 0, -128),
    )


def _head(canvas: Any, person: Person) -> None:
    skin, shade = person.skin, person.shade
    for side in (-1, 1):
        ear = skia.Rect.MakeXYWH(side * 104 - 15, -18, 30, 62)
        canvas.drawOval(ear, fill(_mix(skin, shade, 0.35)))
        canvas.drawOval(ear.makeInset(8, 14), fill(shade, 0.5, 4))
    face = _outline(person)
    light = _mix(skin, 0xFFFFFF, 0.22)
    canvas.drawPath(face, around(-26, -30, 215, light, skin, skin, _mix(skin, shade, 0.75)))
    canvas.save()
    canvas.clipPath(face, True)
    canvas.drawOval(skia.Rect(58, -90, 150, 170), fill(shade, 0.42, 26))  # the side off the light
    canvas.drawOval(skia.Rect(-150, -40, -84, 150), fill(shade, 0.25, 20))
    canvas.drawOval(skia.Rect(-70, 128, 70, 190), fill(shade, 0.4, 14))
    for side in (-1, 1):
        canvas.drawOval(
            skia.Rect.MakeXYWH(side * 46 - 34, -24, 68, 42), fill(shade, 0.42, 11)
        )  # sockets
        canvas.drawOval(
            skia.Rect.MakeXYWH(side * 58 - 28, 38, 56, 42), fill(0xE0705F, 0.22, 15)
        )  # cheeks
        canvas.drawOval(skia.Rect.MakeXYWH(side * 52 - 20, 26, 40, 20), fill(0xFFFFFF, 0.16, 9))
    if not person.woman:  # a shaved beard
        canvas.drawOval(skia.Rect(-82, 66, 82, 186), fill(0x4A3A34, 0.20, 18))
        canvas.drawOval(skia.Rect(-40, 66, 40, 84), fill(0x4A3A34, 0.16, 7))
    canvas.drawOval(skia.Rect(-40, -112, 30, -60), fill(0xFFFFFF, 0.15, 18))  # the forehead's light
    canvas.restore()


def _fringe(canvas: Any, person: Person) -> None:
    hair = across(-110, -150, 110, -20, person.shine, person.hair, _mix(person.hair, 0, 0.3))
    if person.woman:
        for side in (-1, 1):
            lock = path(
                (side * -14, -146),
                (side * 96, -158, side * 142, -84, side * 138, 20),
                (side * 140, 110, side * 150, 180, side * 118, 228),
                (side * 92, 236, side * 96, 190, side * 100, 150),
                (side * 112, 60, side * 112, -10, side * 96, -52),
                (side * 74, -92, side * 20, -104, side * -14, -112),
            )
            canvas.drawPath(lock, fill(0x000000, 0.25, 8))
            canvas.drawPath(lock, hair)
            for k in range(5):
                strand = skia.Path()
                strand.moveTo(side * (4 + 10 * k), -142 + 3 * k)
                strand.cubicTo(
                    side * (90 + 6 * k),
                    -136 + 8 * k,
                    side * (124 + 3 * k),
                    -40,
                    side * (112 + 4 * k),
                    170,
                )
                canvas.drawPath(strand, line(person.shine, 2.5, 0.35, 1.2))
        return
    cap = path(
        (-108, -2),
        (-116, -84, -96, -168, 6, -166),
        (104, -164, 118, -84, 108, -2),
        (100, -40, 98, -62, 86, -78),
        (40, -96, -30, -112, -62, -84),
        (-92, -70, -98, -44, -108, -2),
    )
    canvas.drawPath(cap, fill(0x000000, 0.3, 7))
    canvas.drawPath(cap, hair)
    for k in range(9):
        strand = skia.Path()
        strand.moveTo(-84 + 8 * k, -96 - 5 * k)
        strand.quadTo(-30 + 12 * k, -168 + 3 * k, 40 + 8 * k, -104 + 2 * k)
        canvas.drawPath(strand, line(person.shine, 2.2, 0.4, 1.0))


def _features(canvas: Any, view: View, number: int, open_: float) -> None:
    """Draw eyes, brows, nose and mouth, shifted a little in the direction of the gaze."""
    person = view.person
    canvas.save()
    canvas.translate(7 * view.turn, 0)
    closed = _blink(number, person.seed)
    raised = 3.0 * max(0.0, _wave(number, person.seed + 5, 3.1)) * (0.4 + open_)
    for side in (-1, 1):
        _eye(canvas, person, side, closed, 4.5 * view.turn + 1.5 * _wave(number, person.seed, 2.7))
        _brow(canvas, person, side, raised)
    _nose(canvas, person, view.turn)
    canvas.translate(2 * view.turn, 0)
    _lips(canvas, person, open_, 0.5 + 0.5 * _wave(number, person.seed + 6, 0.7))
    canvas.restore()


def _eye(canvas: Any, person: Person, side: int, closed: float, look: float) -> None:
    x, half, height = side * 45.0, 25.0, 10.5 * (1 - closed)
    canvas.save()
    canvas.translate(x, 0)
    inner, outer = (half, -half) if side < 0 else (-half, half)
    if height > 2:
        eye = path(
            (inner, 4),
            (inner * 0.3, -height * 1.35, outer * 0.6, -height * 1.2, outer, 0),
            (outer * 0.4, height * 0.95, inner * 0.5, height, inner, 4),
        )
        canvas.drawPath(eye, fill(0xF4EFEA))
        canvas.save()
        canvas.clipPath(eye, True)
        canvas.drawCircle(look, -1.5, 12.0, fill(_mix(person.iris, 0, 0.55)))
        canvas.drawCircle(
            look, -1.5, 10.4, around(look, 2, 11, _mix(person.iris, 0xFFFFFF, 0.25), person.iris)
        )
        canvas.drawCircle(look, -1.5, 5.0, fill(0x120C0A))
        canvas.drawCircle(look - 4, -4.5, 2.6, fill(0xFFFFFF, 0.95))
        canvas.drawOval(skia.Rect(-30, -24, 30, -7), fill(0x3A2018, 0.45, 4))  # the lid's shadow
        canvas.restore()
    else:
        lid = skia.Rect(-half, -9, half, 8)
        canvas.drawOval(lid, fill(_mix(person.skin, person.shade, 0.3)))
    upper = skia.Path()
    upper.moveTo(inner, 4)
    upper.cubicTo(inner * 0.3, -height * 1.35, outer * 0.6, -height * 1.2, outer * 1.06, -0.5)
    canvas.drawPath(upper, line(0x241511, 4.4 if person.woman else 3.2, 0.92, 0.5))
    if person.woman:
        for k in (0.72, 0.88, 1.05):
            canvas.drawLine(
                outer * k,
                -height * (1.2 - k) - 1,
                outer * k * 1.16,
                -height * (1.2 - k) - 7,
                line(0x241511, 1.6, 0.8),
            )
    lower = skia.Path()
    lower.moveTo(inner, 5)
    lower.cubicTo(inner * 0.5, height + 1, outer * 0.4, height, outer, 1)
    canvas.drawPath(lower, line(person.shade, 1.8, 0.8, 0.6))
    crease = skia.Path()
    crease.moveTo(inner * 0.8, -7)
    crease.cubicTo(inner * 0.3, -19, outer * 0.6, -18, outer * 1.1, -6)
    canvas.drawPath(crease, line(person.shade, 2.2, 0.7, 1.2))
    canvas.drawOval(skia.Rect(-22, 13, 22, 20), fill(person.shade, 0.22, 4))
    canvas.restore()


def _brow(canvas: Any, person: Person, side: int, raised: float) -> None:
    thick = 6.5 if person.woman else 10.0
    y = -31.0 - raised
    brow = path(
        (side * 18, y - 1),
        (side * 36, y - 10, side * 60, y - 9, side * 80, y + 6),
        (side * 60, y - 9 + thick, side * 38, y - 9 + thick, side * 19, y - 1 + thick * 0.75),
    )
    canvas.drawPath(brow, fill(_mix(person.hair, 0x000000, 0.15), 0.92, 1.3))


def _nose(canvas: Any, person: Person, turn: float) -> None:
    shade = person.shade
    bridge = skia.Path()
    bridge.moveTo(13, -22)
    bridge.cubicTo(8, 8, 10, 28, 19, 46)
    canvas.drawPath(bridge, line(shade, 9, 0.36, 5))
    canvas.drawOval(skia.Rect(-7, -18, 5, 46), fill(0xFFFFFF, 0.26, 4))
    canvas.drawOval(skia.Rect(-11 + 3 * turn, 36, 9 + 3 * turn, 54), fill(0xFFFFFF, 0.22, 5))
    canvas.drawOval(skia.Rect(-24, 52, 24, 68), fill(shade, 0.55, 5))
    for side in (-1, 1):
        canvas.drawOval(skia.Rect.MakeXYWH(side * 10 - 6, 52, 12, 7), fill(0x4A241A, 0.85, 1.6))
        wing = skia.Path()
        wing.moveTo(side * 18, 40)
        wing.cubicTo(side * 27, 46, side * 25, 58, side * 15, 59)
        canvas.drawPath(wing, line(shade, 2.6, 0.75, 1.1))
        fold = skia.Path()
        fold.moveTo(side * 29, 54)
        fold.quadTo(side * 42, 72, side * 44, 92)
        canvas.drawPath(fold, line(shade, 4, 0.26, 3))


def _lips(canvas: Any, person: Person, open_: float, wide: float) -> None:
    """Draw the mouth, with `open_` and `wide` in [0, 1]."""
    half = 30 + 5 * wide - 6 * open_
    gap = 22 * open_
    top, middle, low = 84 - 2 * open_, 91.0, 91 + gap
    bottom = low + (11.5 if person.woman else 9.5)
    canvas.drawOval(skia.Rect(-24, bottom - 1, 24, bottom + 10), fill(person.shade, 0.5, 5))
    upper = path(
        (-half, middle + gap * 0.3),
        (-half * 0.5, top - 3, -8, top - 5),
        (0, top - 1),
        (8, top - 5),
        (half * 0.5, top - 3, half, middle + gap * 0.3),
        (half * 0.45, middle - 1, 0, middle + 1),
        (-half * 0.45, middle - 1, -half, middle + gap * 0.3),
    )
    lower = path(
        (-half, middle + gap * 0.3),
        (-half * 0.5, low + 1, 0, low),
        (half * 0.5, low + 1, half, middle + gap * 0.3),
        (half * 0.6, bottom + 2, 0, bottom),
        (-half * 0.6, bottom + 2, -half, middle + gap * 0.3),
    )
    if gap > 1.5:
        hole = path(
            (-half, middle + gap * 0.3),
            (-half * 0.45, middle - 1, 0, middle + 1),
            (half * 0.45, middle - 1, half, middle + gap * 0.3),
            (half * 0.5, low + 2, 0, low + 1),
            (-half * 0.5, low + 2, -half, middle + gap * 0.3),
        )
        canvas.drawPath(hole, fill(0x3A100E))
        canvas.save()
        canvas.clipPath(hole, True)
        canvas.drawOval(skia.Rect(-18, low - 5, 18, low + 12), fill(0xA84A48, 0.9, 2))  # tongue
        if gap > 5:  # teeth
            canvas.drawRect(
                skia.Rect(-half * 0.72, middle - 2, half * 0.72, middle + min(7, gap * 0.5)),
                fill(0xF3ECE4, 0.95, 0.8),
            )
        canvas.restore()
    canvas.drawPath(upper, fill(_mix(person.lips, 0x000000, 0.18)))
    canvas.drawPath(
        lower, across(0, low, 0, bottom, _mix(person.lips, 0xFFFFFF, 0.18), person.lips)
    )
    canvas.drawOval(skia.Rect(-12, low + 3, 8, low + 7), fill(0xFFFFFF, 0.28, 2))
    if gap <= 1.5:
        seam = skia.Path()
        seam.moveTo(-half, middle - 0.5)
        seam.quadTo(0, middle + 5, half, middle - 0.5)
        canvas.drawPath(seam, line(0x4A1A18, 2.0, 0.85, 0.5))
    for side in (-1, 1):
        canvas.drawCircle(side * (half + 1), middle + gap * 0.3, 3.2, fill(person.shade, 0.6, 2))
