"""The spoken word and key words stand out, in colors that are readable."""

from dataclasses import replace

import numpy as np
import pytest
from caption_words import DRAWN, said

from pipeline.captions.drawing.typesetting import Tile, Typesetter
from pipeline.captions.layout.grouping import emphasize, group
from pipeline.captions.styles.style import load_style


@pytest.mark.parametrize("style", DRAWN)
def test_the_spoken_word_looks_different_and_only_it(style: str) -> None:
    typesetter = Typesetter(load_style(style), 1080, 1920)
    (g,) = group(said("alpha bravo"), typesetter.style, width=2000, measure=typesetter.measure)
    first, second = (on_canvas(typesetter.draw_pose(g, 1344.0, n)) for n in range(2))
    changed = np.abs(first.astype(int) - second.astype(int)).sum(axis=(0, 2)) > 400
    half = first.shape[1] // 2
    assert changed[half:].any()  # the second word lights up
    if not typesetter.style.colour.stays:
        assert changed[:half].any()  # the first goes out


def on_canvas(tile: Tile) -> np.ndarray:
    canvas = np.zeros((1920, 1080, 4), np.uint8)
    h, w = tile.rgba.shape[:2]
    canvas[tile.y : tile.y + h, tile.x : tile.x + w] = tile.rgba
    return canvas


@pytest.mark.parametrize("style", DRAWN)
def test_a_key_word_stands_out_before_and_after_it_is_said(style: str) -> None:
    look = load_style(style)
    look = replace(look, text=replace(look.text, max_words=4))  # the four words in one group
    typesetter = Typesetter(look, 1080, 1920)
    words = said("we saw Wisconsin now")
    (g,) = group(words, look, width=2000, measure=typesetter.measure)
    (marked,) = emphasize((g,), words, look, "en")
    assert not g.key
    assert marked.key == {2}
    key = np.array([int(look.colour.key[i : i + 2], 16) for i in (1, 3, 5)])
    shown = [
        int((np.abs(t.rgba[..., :3].astype(int) - key).max(axis=2) < 3).sum())
        for shown_group in (marked, g)
        for n in range(len(g.words))
        for t in [typesetter.draw_pose(shown_group, 1344.0, n)]
    ]
    assert min(shown[0], shown[1], shown[3]) > 500
    assert max(shown[4:]) < 50  # nothing else has the color
    other = look.colour.spoken if look.colour.spoken != look.colour.text else look.colour.text
    apart = np.abs(key - [int(other[i : i + 2], 16) for i in (1, 3, 5)]).max()
    assert apart > 60


def test_a_masked_word_does_not_stand_out() -> None:
    words = [replace(w, masked=w.text == "f*****g") for w in said("it is f*****g Wisconsin now")]
    look = load_style("boxed")
    groups = group(words, look, width=2000, measure=lambda text: 1.0)
    assert [g.key for g in emphasize(groups, words, look, "en")] == [{3}]


def test_emoji_keep_their_colors() -> None:
    typesetter = Typesetter(load_style("white_bold"), 1080, 1920)
    (g,) = group(said("🔥"), typesetter.style, width=2000, measure=typesetter.measure)
    tile = typesetter.draw_pose(g, 1344.0)
    rgba = tile.rgba.astype(int)
    opaque = rgba[rgba[..., 3] > 250]
    reddish = (opaque[:, 0] > 200) & (opaque[:, 1] < 140) & (opaque[:, 2] < 120)
    assert reddish.sum() > 200
