"""Words become groups: none is lost, none flickers, and marks are as the style wants them."""

import random
from dataclasses import replace

import pytest
from caption_words import SCRIPTS, grouped, said
from hypothesis import given
from hypothesis import strategies as st
from measured_text import INVISIBLE, Bounded

from pipeline.captions.layout.grouping import HOLD_S, group, shown_text
from pipeline.captions.styles.style import load_style
from pipeline.core.data import Word
from pipeline.language.writing_systems import is_visible, join_words


def test_the_style_none_shows_nothing() -> None:
    assert grouped(said(SCRIPTS["english"]), "none") == ()


def test_no_word_is_lost_or_shown_twice() -> None:
    words = said(SCRIPTS["english"])
    shown = [word for g in grouped(words) for word in g.words]
    assert [w.start_s for w in shown] == [w.start_s for w in words]
    assert [w.text for w in shown] == SCRIPTS["english"].split()


def test_lines_break_at_pauses_and_sentence_ends() -> None:
    words = said("This is one. And this") + said("goes on here", start_s=3.0)
    assert [join_words([w.text for w in g.words]) for g in grouped(words)] == [
        "This is one.",
        "And this",
        "goes on here",
    ]


def test_a_comma_is_a_better_break_than_the_middle_of_a_phrase() -> None:
    groups = grouped(said("When it rains, we stay inside"))
    assert join_words([w.text for w in groups[0].words]) == "When it rains,"


@pytest.mark.parametrize("seed", range(20))
def test_groups_hold_for_any_rhythm_of_speech(seed: int) -> None:
    """Few words, in order, never two at once, never longer than their words and a moment."""
    chance = random.Random(seed)
    words, t_s = [], 0.0
    for _ in range(60):
        length = chance.uniform(0.05, 0.7)
        text = "x" * chance.randint(1, 14) + chance.choice(["", "", "", ",", "."])
        words.append(Word(text=text, start_s=t_s, end_s=t_s + length, probability=1))
        t_s += length + chance.choice([0, 0, 0.02, 0.2, 0.5, 2.0])
    style = load_style("boxed")
    groups = grouped(words)
    assert sum(len(g.words) for g in groups) == len(words)
    for g, following in zip(groups, [*groups[1:], None], strict=True):
        assert 1 <= len(g.words) <= style.text.max_words
        assert sum(g.lines) == len(g.words)
        assert len(g.lines) <= 2
        assert g.start_s == g.words[0].start_s
        assert g.end_s >= g.words[-1].end_s - 1e-9
        bridged = following is not None and g.end_s == following.start_s
        assert g.end_s <= g.words[-1].end_s + HOLD_S + (0.05 if bridged else 0.0) + 1e-9
        if following is not None:
            assert g.end_s <= following.start_s + 1e-9
            gap = following.start_s - g.end_s
            assert gap < 1e-9 or gap > 0.05 - 1e-9  # no flicker


def test_marks_that_a_style_leaves_out_are_left_out_but_not_those_of_abbreviations() -> None:
    look = load_style("white_bold").text
    shown = [shown_text(t, look) for t in ("well,", "U.S.", "p.m.,", "why?", "3.5", "...", "$1.5.")]
    assert shown == ["WELL", "U.S.", "P.M.", "WHY?", "3.5", "", "$1.5"]


@pytest.mark.parametrize(("style", "shown"), [("boxed", "x.ai"), ("white_bold", "X.AI")])
def test_a_short_address_gets_no_period(style: str, shown: str) -> None:
    assert shown_text("x.ai", load_style(style).text) == shown


@given(texts=st.lists(st.text(min_size=1, max_size=12), max_size=40), width=st.floats(1.0, 2e3))
def test_grouping_ends_by_whatever_words_measure(texts: list[str], width: float) -> None:
    measure = Bounded(lambda text: 30.0 * sum(c.isalpha() for c in text), 100_000)
    groups = group(said(" ".join(texts)), load_style("boxed"), width=width, measure=measure)
    shown = [word.text for g in groups for word in g.words]
    assert all(map(is_visible, shown))


@pytest.mark.parametrize("text", INVISIBLE, ids=ascii)
def test_words_without_anything_to_see_are_not_shown(text: str) -> None:
    words = [replace(word, text=text) for word in said("a " * 2000)]
    assert grouped(words) == ()


def test_the_word_that_is_lit_is_the_last_one_begun() -> None:
    (g,) = grouped(said("one two three"))
    assert [g.spoken(t) for t in (0.0, 0.29, 0.3, 0.59, 0.61, 5.0)] == [0, 0, 1, 1, 2, 2]
