"""Draws what is behind the windows of composites: plain colors, slides, a game."""

import numpy as np
from composites import Ground
from drawing import Text, write_text

from pipeline.media.frames import Picture

DARK = (26, 26, 28)  # the ground of a call


def plain(color: tuple[int, int, int], size: tuple[int, int] = (1280, 720)) -> Ground:
    """Return a ground of one color."""
    picture = np.full((size[1], size[0], 3), color, np.uint8)
    return lambda _: picture


def slides(each_s: float, size: tuple[int, int] = (1280, 720)) -> Ground:
    """Return slides with a heading, lines of text and a chart, `each_s` seconds each."""
    width, height = size
    drawn = []
    for number in range(4):
        picture = np.full((height, width, 3), 248, np.uint8)
        picture[: height // 7] = (28, 60, 120)
        title = Text(text=f"Part {number + 1}: what we learned", box=(40, 20, width - 80, 60))
        write_text(picture, title)
        for line in range(4):
            y = height // 4 + line * height // 8
            point = Text(text="a point that takes some words", box=(40, y, width // 2, 40))
            write_text(picture, point)
        for bar, tall in enumerate((0.2, 0.5, 0.3, 0.4)):
            left = int(width * (0.6 + 0.08 * bar))
            top = int(height * (0.8 - tall))
            picture[top : int(height * 0.8), left : left + width // 20] = (220, 90 + 30 * bar, 60)
        drawn.append(picture)
    return lambda t_s: drawn[int(t_s / each_s) % len(drawn)]


def game(size: tuple[int, int] = (1280, 720)) -> Ground:
    """Return a world that scrolls, with shapes that move across it."""
    width, height = size
    random = np.random.default_rng(3)
    tiles = random.integers(40, 200, (height // 40, width // 40, 3)).astype(np.uint8)
    world = np.tile(tiles.repeat(40, axis=0).repeat(40, axis=1), (2, 2, 1))
    shapes = random.uniform(0.2, 1.0, (12, 4))
    colors = random.integers(0, 255, (12, 3)).astype(np.uint8)

    def ground(t_s: float) -> Picture:
        shift = int(180 * t_s) % width
        down = int(70 * t_s) % height
        picture = np.array(world[down : down + height, shift : shift + width])
        for (x, y, vx, vy), color in zip(shapes, colors, strict=True):
            left = int((x * width + vx * 400 * t_s) % (width - 70))
            top = int((y * height + vy * 300 * t_s) % (height - 70))
            picture[top : top + 70, left : left + 70] = color
        return picture

    return ground


def beside(screen: Ground, at: tuple[int, int]) -> Ground:
    """Return a call's ground with a shared screen on it."""

    def ground(t_s: float) -> Picture:
        picture = np.full((720, 1280, 3), DARK, np.uint8)
        shared = screen(t_s)
        picture[at[1] : at[1] + shared.shape[0], at[0] : at[0] + shared.shape[1]] = shared
        return picture

    return ground


def bar_in_bar() -> Ground:
    """Return the ground of a 16:9 picture with bars, in a 9:16 frame with gray ones."""
    picture = np.full((1280, 720, 3), 30, np.uint8)
    picture[436:838] = 0
    return lambda _: picture
