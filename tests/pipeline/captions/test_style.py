"""Caption styles: readable on any ground, different from each other, in fonts that are there."""

from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest
import skia
from measured_text import light
from scipy import ndimage

from pipeline.captions.drawing.typesetting import Typesetter
from pipeline.captions.layout.grouping import Group
from pipeline.captions.previews import swatch
from pipeline.captions.styles import style as style_module
from pipeline.captions.styles.style import (
    BrokenStyle,
    Stroke,
    Style,
    UnknownStyle,
    add_styles,
    load_style,
    style_names,
)
from pipeline.core.data import Word

DRAWN = [name for name in style_names() if load_style(name).draw]
GROUNDS = {"white": 255, "black": 0, "gray": 128}
MIN_CONTRAST = 4.5  # WCAG 2, level AA


def shown(look: Style, speaker: int) -> list[np.ndarray]:
    """Tiles of a group of which the second word is a key word, RGBA."""
    words = tuple(
        Word(text=text, start_s=0.3 * n, end_s=0.3 * n + 0.3, probability=1.0)
        for n, text in enumerate(("HHH", "MMM", "EEE"))
    )
    group = Group(
        words=words, lines=(3,), start_s=0.0, end_s=1.0, key=frozenset({1}), speaker=speaker
    )
    typesetter = Typesetter(look, 1080, 1920)
    return [typesetter.draw_pose(group, 1300.0, n).rgba for n in range(len(words))]


def test_the_promised_styles_are_there() -> None:
    assert set(style_names()) >= {"white_bold", "karaoke", "boxed", "neon", "minimal", "none"}


def test_an_unknown_style_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownStyle, match="white_bold"):
        load_style("comic")


@pytest.mark.parametrize("name", DRAWN)
def test_letters_contrast_with_what_is_around_them_on_any_ground(name: str) -> None:
    """Measured: each letter's color against the pixels just outside of it."""
    look = load_style(name)
    for speaker in range(1 + len(look.colour.speakers)):
        colors = look.colour.of_speaker(speaker)
        measured = set()
        for tile in shown(look, speaker):
            for ground in GROUNDS.values():
                share = 1 - tile[..., 3:].astype(float) / 255
                picture = np.minimum(255, share * ground + tile[..., :3])
                for color in {colors.text, colors.spoken, colors.key}:
                    wanted = [int(color[i : i + 2], 16) for i in (1, 3, 5)]
                    letters = (np.abs(picture - wanted) < 3).all(axis=2) & (tile[..., 3] > 250)
                    letters = ndimage.binary_opening(letters, iterations=2)
                    if letters.sum() < 300:
                        continue
                    measured.add(color)
                    near, far = (ndimage.binary_dilation(letters, iterations=n) for n in (3, 5))
                    around, own = light(picture[far & ~near]), light(np.array(wanted))
                    ratio = (around + 0.05) / (own + 0.05)
                    contrast = np.median(np.maximum(ratio, 1 / ratio))
                    assert contrast >= MIN_CONTRAST, (color, ground)
        assert measured == {colors.text, colors.spoken, colors.key}


def test_there_are_ten_styles_and_more_and_each_differs_from_the_others() -> None:
    assert len(DRAWN) >= 10
    looks = [load_style(name) for name in DRAWN]
    for a, b in combinations(looks, 2):
        differences = [
            a.text.families != b.text.families or a.text.uppercase != b.text.uppercase,
            a.colour.spoken != b.colour.spoken or a.colour.text != b.colour.text,
            (a.box is None) != (b.box is None) or (a.outline is None) != (b.outline is None),
            a.motion != b.motion,
            abs(a.text.size - b.text.size) > 0.01,
        ]
        assert sum(differences) >= 2, (a.name, b.name)


def test_each_motion_is_used_by_a_style() -> None:
    motions = [load_style(name).motion for name in DRAWN]
    assert {m.entrance for m in motions} - {"none"} == {"pop", "rise", "fade", "type"}
    assert {m.word for m in motions} == {"colour", "sweep", "box", "marker", "pop"}
    assert any(m.shake for m in motions)


@pytest.mark.parametrize("name", DRAWN)
def test_a_style_names_fonts_that_are_installed(name: str) -> None:
    installed = {skia.FontMgr().getFamilyName(n) for n in range(skia.FontMgr().countFamilies())}
    assert set(load_style(name).text.families) <= installed


def test_each_speaker_has_a_color_and_the_first_one_the_usual() -> None:
    colors = load_style("podcast").colour
    texts = [colors.of_speaker(n).text for n in range(5)]
    assert texts[0] == colors.text
    assert len(set(texts[:4])) == 4
    assert texts[4] == texts[3]
    for a, b in pairwise(texts[:4]):
        rgb = [np.array([int(c[i : i + 2], 16) for i in (1, 3, 5)]) for c in (a, b)]
        assert np.abs(rgb[0] - rgb[1]).max() > 60
    assert load_style("boxed").colour.of_speaker(2) == load_style("boxed").colour


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of styles of an operator, which no other test knows."""
    monkeypatch.setattr(style_module, "_added", {})
    return tmp_path


def test_an_operators_styles_are_offered_beside_those_that_ship(own: Path) -> None:
    before = style_names()
    (own / "in_house.toml").write_text('[colour]\ntext = "#00FF00"\n[outline]\nwidth = 0.1\n')
    add_styles(own)
    assert set(style_names()) == {*before, "in_house"}
    look = load_style("in_house")
    assert (look.name, look.colour.text, look.colour.spoken) == ("in_house", "#00FF00", "#FFFFFF")
    assert look.outline == Stroke(colour="#000000", width=0.1)
    assert swatch("in_house") != swatch("minimal")


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("ours", "[text]\nsise = 1", r"ours\.toml: text\.sise: .*Known: .*size"),
        ("ours", "[text]\nsize = 3", r"ours\.toml: text\.size"),
        ("ours", '[colour]\ntext = "red"', r"ours\.toml: colour\.text"),
        ("ours", '[motion]\nword = "box"', r"ours\.toml: motion\.word.*word_box"),
        ("ours", "[shade]", r"ours\.toml: shade: .*Known: .*shadow"),
        ("ours", "draw = 3", r"ours\.toml: draw"),
        ("ours", "text = [", r"ours\.toml: "),
        ("boxed", "", r"boxed\.toml: .*ships"),
        ("Our Style", "", r"Our Style\.toml: .*small letters"),
    ],
)
def test_a_broken_style_is_named_with_its_key(own: Path, name: str, text: str, told: str) -> None:
    (own / f"{name}.toml").write_text(text)
    with pytest.raises(BrokenStyle, match=told):
        add_styles(own)
