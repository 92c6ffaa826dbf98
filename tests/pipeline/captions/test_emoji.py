"""Emoji above captions: of unambiguous key words only, seldom, and inside the safe area."""

import tomllib

import numpy as np
import pytest
from upright_clips import free

from pipeline.captions.caption_layer import Captions, Speech
from pipeline.captions.drawing.animation import Animation
from pipeline.captions.drawing.blending import Stamp
from pipeline.captions.drawing.typesetting import Typesetter
from pipeline.captions.layout.emoji import TABLE, add_emoji
from pipeline.captions.layout.grouping import Group
from pipeline.captions.layout.safe_areas import SafeArea
from pipeline.captions.styles.style import load_style, style_names
from pipeline.core.data import Span, Word
from pipeline.language import languages

SIZE = (360, 640)


def group(text: str, key: set[int]) -> Group:
    words = tuple(
        Word(text=t, start_s=0.4 * n, end_s=0.4 * n + 0.3, probability=1.0)
        for n, t in enumerate(text.split())
    )
    return Group(
        words=words, lines=(len(words),), start_s=0.0, end_s=0.4 * len(words), key=frozenset(key)
    )


def emoji_of(*groups: Group, language: str = "en") -> list[str]:
    return [g.emoji for g in add_emoji(groups, language)]


def test_a_key_word_has_its_emoji_once() -> None:
    said = [group("The ROCKETS, again", {1}), group("a rocket left", {1})]
    assert emoji_of(*said) == ["🚀", ""]
    assert emoji_of(group("a rocket left", {2})) == [""]  # not a key word
    assert emoji_of(group("a rocket left", {1}), language="de") == [""]


@pytest.mark.parametrize(
    "word", ["apple", "umbrella", "key", "heart", "fire", "sun", "star", "bug"]
)
def test_words_with_several_senses_have_none(word: str) -> None:
    assert emoji_of(group(f"the {word} fell", {1})) == [""]


def test_a_word_stands_for_one_emoji_in_a_known_language() -> None:
    for code, table in tomllib.loads(TABLE.read_text("utf-8")).items():
        assert languages.language(code).name
        words = [word for listed in table.values() for word in listed.split()]
        assert len(words) == len(set(words))
        assert all(word == word.casefold() for word in words)


def captions(*, emoji: bool) -> Captions:
    return Captions(
        Speech(
            group("they charged the batteries", set()).words, Span(start_s=0.0, end_s=9.0), "en"
        ),
        size=SIZE,
        style="white_bold",
        places=free(SIZE),
        emphasis=True,
        emoji=emoji,
    )


def height(stamp: Stamp | None) -> int:
    assert stamp is not None
    return int((stamp.kept[0] < 200).any(axis=1).sum())


def test_emoji_are_shown_where_asked_for_only() -> None:
    without, with_one = captions(emoji=False).at(1.0), captions(emoji=True).at(1.0)
    assert height(with_one) > height(without) + 20


@pytest.mark.parametrize("style", [n for n in style_names() if load_style(n).draw])
def test_emoji_stay_inside_the_safe_area_and_do_not_disappear(style: str) -> None:
    [shown] = add_emoji([group("they charged the batteries", {3})], "en")
    safe = SafeArea.of(*SIZE)
    drawn = Animation(Typesetter(load_style(style), *SIZE), shown, 0.0)
    for n in range(48):
        stamp = drawn.at(n / 30)
        rows, columns = np.nonzero(stamp.kept[0] < 254)
        assert stamp.y + rows.min() >= safe.top
        assert stamp.x + columns.min() >= safe.left
        assert stamp.x + columns.max() < safe.right
        green = stamp.added[1].astype(int) + 128 * (stamp.kept[1].astype(int) - 256) < -20 * 256
        assert green[: green.shape[0] // 2].sum() > 10  # the battery's color, less blue
