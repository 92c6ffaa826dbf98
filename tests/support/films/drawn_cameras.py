"""Draws small pictures of cameras that sway, in windows that stay."""

from collections.abc import Callable
from functools import cache

import numpy as np
from films import Picture

W, H = 320, 180
Rect = tuple[int, int, int, int]  # x, y, width, height in pixels
Draw = Callable[[int], Picture]

LEFT, RIGHT = (0, 0, 160, 180), (160, 0, 160, 180)


@cache
def scenery(seed: int) -> Picture:
    """A large picture of soft spots, wider than any camera's."""
    random = np.random.default_rng(seed)
    coarse = random.integers(50, 210, (8, 12, 3)).astype(np.float32)
    rows, columns = np.linspace(0, 6.99, 260), np.linspace(0, 10.99, 460)
    r, c = rows.astype(int), columns.astype(int)
    fr, fc = (rows - r)[:, None, None], (columns - c)[None, :, None]
    upper = coarse[r][:, c] * (1 - fc) + coarse[r][:, c + 1] * fc
    lower = coarse[r + 1][:, c] * (1 - fc) + coarse[r + 1][:, c + 1] * fc
    return np.asarray(upper * (1 - fr) + lower * fr, np.uint8)


def film(picture: Picture, rect: Rect, seed: int, n: int) -> None:
    """Show a camera's view in a rectangle: it sways, and it has noise."""
    x, y, w, h = rect
    shift = round(4 * np.sin(n + seed))
    noise = np.random.default_rng(100 * seed + n).integers(-2, 3, (h, w, 3))
    view = scenery(seed)[10 : 10 + h, 20 + shift : 20 + shift + w]
    picture[y : y + h, x : x + w] = np.clip(view.astype(np.int16) + noise, 0, 255)


def ground(color: tuple[int, int, int] = (0, 0, 0)) -> Picture:
    return np.full((H, W, 3), color, np.uint8)


def cameras(*rects: Rect, color: tuple[int, int, int] = (26, 26, 28)) -> Draw:
    """Windows on a plain ground."""

    def draw(n: int) -> Picture:
        picture = ground(color)
        for seed, rect in enumerate(rects):
            film(picture, rect, seed, n)
        return picture

    return draw


def grid(columns: int, rows: int, gap: int, margin: int) -> list[Rect]:
    w = (W - 2 * margin - (columns - 1) * gap) // columns
    h = (H - 2 * margin - (rows - 1) * gap) // rows
    xs = [margin + c * (w + gap) for c in range(columns)]
    return [
        (x, margin + r * (h + gap), w if gap or x != xs[-1] else W - x, h)
        for r in range(rows)
        for x in xs
    ]


def slide() -> Picture:
    """A heading, lines of letters and a plain ground."""
    picture = ground((248, 248, 248))
    picture[:24] = (30, 60, 120)
    picture[6:18, 20:200:4] = 255
    for y in range(50, 130, 16):
        picture[y : y + 7, 20:150:3] = (30, 30, 30)
    return picture
