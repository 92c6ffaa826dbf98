"""A brand's logo in a corner: a large picture looks like the small one that it could have been."""

from pathlib import Path

import numpy as np
import pytest
import skia

from pipeline.captions.drawing import logo
from pipeline.captions.layout.safe_areas import SafeArea
from pipeline.core.brand import LogoPlace

SIZE = (1080, 1920)


def picture(side: int) -> bytes:
    """A disc on a ground that is not there, half of it red."""
    surface = skia.Surface(side, side // 2)
    canvas = surface.getCanvas()
    canvas.clear(skia.ColorTRANSPARENT)
    canvas.scale(side / 100, side / 100)
    canvas.drawCircle(50, 25, 24, skia.Paint(Color=skia.ColorWHITE, AntiAlias=True))
    canvas.drawRect(skia.Rect.MakeLTRB(50, 10, 70, 40), skia.Paint(Color=skia.ColorRED))
    return bytes(surface.makeImageSnapshot().encodeToData(skia.kPNG, 100))


def drawn(path: Path, content: bytes) -> np.ndarray:
    path.write_bytes(content)
    place = LogoPlace(corner="top_right", opacity=0.8, width=0.3, margin=0.02)
    return logo.draw_logo(path, place, SIZE, SafeArea.of(*SIZE)).rgba


def test_a_large_picture_is_drawn_as_a_small_one(tmp_path: Path) -> None:
    """It is shrunk in a process apart: decoding it here would stop everything else for long."""
    large = drawn(tmp_path / "large.png", picture(logo.MAX_SIDE))
    small = drawn(tmp_path / "small.png", picture(1000))
    assert large.shape == small.shape
    apart = np.abs(large.astype(int) - small)
    assert apart.mean() < 2
    assert large[..., 3].max() == pytest.approx(0.8 * 255, abs=2)
