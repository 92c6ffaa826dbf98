"""The layer of a clip: laid over the clean clip, it is the clip; letters have no dark edge."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import cast

import av
import numpy as np
import numpy.typing as npt
import pytest
from films import plain, speech_like, write_film
from rendered_clips import FAST, rendered

from pipeline.captions.style import Style, load_style, style_names
from pipeline.core.data import Clip, Word

Levels = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]

WORDS = [
    Word(text=text, start_s=0.1 + 0.25 * n, end_s=0.33 + 0.25 * n, probability=1.0)
    for n, text in enumerate(["Nobody", "told", "me", "the", "truth."])
]
BT709 = 1  # ITU-T H.273
MIN_PSNR = 32.0  # dB, of letters that were compressed twice, differently
LIGHTEST_GRAY = 0.8  # of full scale; the darkest letters of the style have .82


def made(folder: Path, style: str | Style = "white_bold", title: str = "", shrunk: int = 2) -> Clip:
    film = folder / "film.mp4"
    write_film(film, [plain((90, 110, 140))] * 40, sound=speech_like(1.6))
    options = replace(FAST, clean_video=True, captions_layer=True, hook_title=bool(title))
    return rendered(
        film, folder / "c", words=WORDS, style=style, options=options, title=title, shrunk=shrunk
    )


def layer_of(clip: Clip) -> Path:
    assert clip.layer is not None
    return clip.layer


def pictures(path: Path, pixels: str) -> Iterator[Levels]:
    """The pictures of a file, such as rgb24 (0 to 255) or rgba64le (0 to 65,535)."""
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            picture = frame.to_ndarray(format=pixels)
            assert picture.dtype.kind == "u"  # other formats are of floating point
            yield cast(Levels, picture)


def of_full_scale(picture: Levels) -> npt.NDArray[np.floating]:
    whole = np.float32(np.iinfo(picture.dtype).max)
    return picture.astype(np.float32) / whole


def where_drawn(layer: Levels) -> tuple[slice, slice]:
    """The rows and columns that have anything of the letters."""
    drawn = layer[..., 3] != 0
    rows, columns = np.flatnonzero(drawn.any(axis=1)), np.flatnonzero(drawn.any(axis=0))
    if not rows.size:
        return slice(0), slice(0)
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def test_the_layer_is_prores_4444_with_alpha_as_long_as_the_clip(tmp_path: Path) -> None:
    clip = made(tmp_path)
    assert layer_of(clip) == tmp_path / "c.layer.mov"
    assert {p.name for p in tmp_path.iterdir()} == {
        "film.mp4", "c.mp4", "c.clean.mp4", "c.layer.mov", "c.jpg",
    }  # fmt: skip
    with av.open(str(clip.path)) as captioned, av.open(str(layer_of(clip))) as layer:
        ours, theirs = layer.streams.video[0], captioned.streams.video[0]
        assert (ours.codec_context.name, ours.codec_context.profile) == ("prores", "4444")
        assert ours.codec_context.codec_tag == "ap4h"
        assert ours.format.name.startswith("yuva444p")
        assert (ours.width, ours.height) == (theirs.width, theirs.height)
        assert ours.average_rate == theirs.average_rate
        assert ours.frames == theirs.frames
        assert not layer.streams.audio
        assert next(layer.decode(ours)).colorspace == BT709
        layer.seek(0)
        times = [frame.time for frame in layer.decode(ours)]
    assert all(b - a == pytest.approx(0.04, abs=1e-6) for a, b in pairwise(times))


HALF_SIZE = ("white_bold", "boxed")  # thinner letters suffer more from being compressed small


@pytest.mark.parametrize(
    ("style", "shrunk"),
    [
        (name, 2) if name in HALF_SIZE else pytest.param(name, 1, marks=pytest.mark.slow)
        for name in style_names()
    ],
)
def test_the_layer_over_the_clean_clip_is_the_clip(tmp_path: Path, style: str, shrunk: int) -> None:
    clip = made(tmp_path, style, title="What happened then", shrunk=shrunk)
    assert clip.clean is not None
    errors, drawn = [], 0.0
    for clean, layer, shown in zip(
        pictures(clip.clean, "rgb24"),
        pictures(layer_of(clip), "rgba64le"),
        pictures(clip.path, "rgb24"),
        strict=True,
    ):
        box = where_drawn(layer)
        letters, below, told = (of_full_scale(p[box]) for p in (layer, clean, shown))
        alpha = letters[..., 3:]
        drawn = max(drawn, float(alpha.max(initial=0.0)))
        over = letters[..., :3] * alpha + below * (1 - alpha)
        inside = np.broadcast_to(alpha > 0.02, over.shape)
        if inside.any():
            errors.append(float(np.mean((over - told)[inside] ** 2)))
    assert drawn > 0.9
    assert -10 * np.log10(np.mean(errors)) > MIN_PSNR


def test_what_surrounds_a_letter_has_its_color_and_no_black(tmp_path: Path) -> None:
    """Light letters without an outline: wherever anything of them is there, it is light."""
    clip = made(tmp_path, replace(load_style("minimal"), outline=None, shadow=None))
    faint = []
    for picture in pictures(layer_of(clip), "rgba64le"):
        layer = of_full_scale(picture[where_drawn(picture)])
        edge = (layer[..., 3] > 0.02) & (layer[..., 3] < 0.98)
        faint += list(layer[edge][:, :3].min(axis=1))
    assert faint
    assert np.quantile(faint, 0.01) > LIGHTEST_GRAY


def test_a_picture_that_repeats_is_not_compressed_again(tmp_path: Path) -> None:
    clip = made(tmp_path, "none")
    with av.open(str(layer_of(clip))) as layer:
        pictures = {bytes(packet) for packet in layer.demux(video=0) if packet.size}
    assert len(pictures) == 1
