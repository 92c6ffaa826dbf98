"""Scripts without spaces: shown by the phrase, whatever pieces a recognizer makes of it."""

from collections.abc import Iterable

import pytest
from caption_words import DRAWN

from pipeline.captions.drawing.typesetting import Typesetter
from pipeline.captions.layout.grouping import group
from pipeline.captions.styles.style import load_style
from pipeline.core.data import Word
from pipeline.language.writing_systems import join_words, word_equivalents


def test_words_of_scripts_without_spaces_are_joined() -> None:
    assert join_words(["今日", "は", "iPhone", "です"]) == "今日は iPhone です"
    assert join_words(["안녕", "여러분"]) == "안녕 여러분"


def pieces(texts: Iterable[str], style: str, gap_after: int = -1) -> list[list[str]]:
    """Lines of each group of words that follow one another, with one pause if asked."""
    words, t_s = [], 0.0
    for n, text in enumerate(texts):
        words.append(Word(text=text, start_s=t_s, end_s=t_s + 0.15, probability=1))
        t_s += 0.15 + (0.7 if n == gap_after else 0.0)
    typesetter = Typesetter(load_style(style), 1080, 1920)
    return [
        [
            join_words([w.text for w in part])
            for part in (g.words[: g.lines[0]], g.words[g.lines[0] :])
        ]
        for g in group(
            words, typesetter.style, width=typesetter.text_width, measure=typesetter.measure
        )
    ]


JAPANESE = (
    "今日はとても良い天気ですね、みんなで公園まで散歩に行きましょう。それから東京タワーの"
    "レストランでコーヒーを飲みながらこれからのことをゆっくり話したいと思います。"
)


@pytest.mark.parametrize("style", DRAWN)
def test_letters_that_come_one_by_one_are_shown_by_the_phrase(style: str) -> None:
    groups = pieces(JAPANESE, style)
    phrases = ["".join(lines) for lines in groups]
    look = load_style(style).text
    drop = look.drop
    assert "".join(phrases) == "".join(c for c in JAPANESE if c not in drop)
    lengths = [len(phrase) for phrase in phrases]
    assert max(lengths) <= 16
    assert sum(lengths) / len(lengths) >= min(6, 2 * look.max_words)
    assert min(lengths) >= 4
    six_letters_fit = look.max_words >= 3
    assert not six_letters_fit or any(p.rstrip("。").endswith("行きましょう") for p in phrases)
    for line in (line for lines in groups for line in lines if line):
        assert line[0] not in "、。ーょっ"


def test_letters_that_come_one_by_one_are_parted_at_a_pause() -> None:
    assert pieces("私は昨日東京へ", "boxed", gap_after=2)[0] == ["私は昨", ""]


def test_thai_syllables_are_shown_by_the_phrase() -> None:
    text = "สวัส ดี ทุก คน วัน นี้ เรา จะ คุย กัน เรื่อง ใหม่ ที่ น่า สน ใจ มาก สำ หรับ ทุก คน ใน ประ เทศ"
    phrases = ["".join(lines) for lines in pieces(text.split(), "boxed")]
    assert "".join(phrases) == text.replace(" ", "")
    assert len(phrases) <= 4


def test_scripts_with_spaces_are_counted_by_the_word() -> None:
    assert [
        word_equivalents(text) for text in ("a", "Donaudampfschiff", "안녕하세요", "مرحبا", "42")
    ] == [1] * 5
    assert word_equivalents("日本語") == pytest.approx(3 * word_equivalents("日"))
    assert word_equivalents("นี้") == pytest.approx(
        word_equivalents("น")
    )  # marks above a letter take no room
