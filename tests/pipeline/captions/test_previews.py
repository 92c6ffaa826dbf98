"""Pictures of caption styles: as the style is, readable, drawn once."""

import numpy as np
import pytest
import skia

from pipeline.captions import previews
from pipeline.captions.styles.style import UnknownStyle, load_style, style_names

MAX_MOVING_BYTES = 60_000


def decoded(picture: bytes) -> np.ndarray:
    """RGBA of a picture, straight, (h, w, 4); of one that moves, its first."""
    image = skia.Image.MakeFromEncoded(skia.Data(picture))
    rgba: np.ndarray = image.toarray(
        colorType=skia.kRGBA_8888_ColorType, alphaType=skia.kUnpremul_AlphaType
    )
    return rgba.astype(int)


def pixels(name: str) -> np.ndarray:
    """RGB of a style's picture, (h, w, 3)."""
    return decoded(previews.swatch(name))[..., :3]


def near(picture: np.ndarray, color: str) -> int:
    """Pixels of a color, #RRGGBB."""
    wanted = [int(color[i : i + 2], 16) for i in (1, 3, 5)]
    return int((np.abs(picture - wanted).max(axis=2) < 12).sum())


@pytest.mark.parametrize("name", [n for n in style_names() if load_style(n).draw])
def test_a_picture_has_its_styles_colors_and_nothing_at_its_rim(name: str) -> None:
    look, picture, ground = load_style(name), pixels(name), pixels("none")
    assert picture.shape == (previews.HEIGHT, previews.WIDTH, 3)
    assert near(picture, look.colour.text) > 1000
    assert near(picture, look.colour.spoken) > 500
    if look.word_box is not None:
        assert near(picture, look.word_box.colour) > 500
    changed = (picture != ground).any(axis=2)
    assert 0.05 < changed.mean() < 0.6
    rim = np.concatenate([changed[:20].ravel(), changed[-20:].ravel(), changed[:, :30].ravel()])
    assert not rim.any()


@pytest.mark.parametrize("name", ["karaoke", "boxed"])
def test_words_without_a_ground_are_those_over_one(name: str) -> None:
    alone, whole, ground = (
        decoded(previews.swatch(name, ground=False)),
        pixels(name),
        pixels("none"),
    )
    alpha = alone[..., 3:] / 255
    assert np.abs(alone[..., :3] * alpha + ground * (1 - alpha) - whole).max() <= 2


@pytest.mark.parametrize("name", style_names())
def test_a_moving_picture_is_small_transparent_and_moves(name: str) -> None:
    film = previews.moving(name)
    assert len(film) <= MAX_MOVING_BYTES
    first = decoded(film)
    assert first.shape == (previews.HEIGHT // 2, previews.WIDTH // 2, 4)
    assert not first[:10, :, 3].any()
    # each picture that differs from the one before is a chunk of its own
    assert film.count(b"ANMF") >= (len(previews.PHRASE) if load_style(name).draw else 0)


def test_no_captions_are_a_ground_without_text() -> None:
    ground = pixels("none")
    assert (ground == ground[:, :1]).all()
    assert 40 < ground.min() < ground.max() < 160


def test_a_picture_is_drawn_once() -> None:
    assert previews.swatch("boxed") is previews.swatch("boxed")
    assert previews.moving("boxed") is previews.moving("boxed")


def test_an_unknown_style_has_no_picture() -> None:
    with pytest.raises(UnknownStyle, match="white_bold"):
        previews.swatch("comic")
