"""Groups break where a speaker would, leave no word alone, and keep speakers apart."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.captions.caption_layer import speakers_of
from pipeline.captions.layout.grouping import MAX_LONE_S, Group, group
from pipeline.captions.layout.phrasing import end_of
from pipeline.captions.styles.style import load_style
from pipeline.core.data import Span, Word

STYLE = load_style("boxed")


def said(text: str, word_s: float = 0.3) -> list[Word]:
    return [
        Word(text=t, start_s=n * word_s, end_s=(n + 1) * word_s, probability=1)
        for n, t in enumerate(text.split())
    ]


def grouped(
    words: Sequence[Word],
    language: str = "en",
    *,
    max_words: int = 4,
    width: float = 600.0,
    speakers: Sequence[int] = (),
) -> tuple[Group, ...]:
    """With 30 pixels a letter."""
    look = replace(STYLE, text=replace(STYLE.text, max_words=max_words))
    return group(
        words,
        look,
        width=width,
        measure=lambda text: 30.0 * len(text),
        language=language,
        speakers=speakers,
    )


def lines(groups: Sequence[Group]) -> list[str]:
    return [" ".join(word.text for word in g.words) for g in groups]


@pytest.mark.parametrize(
    ("language", "text", "wanted"),
    [
        ("en", "he sold the shop and moved north", ["he sold the shop", "and moved north"]),
        (
            "en",
            "they fell asleep because nobody called",
            ["they fell asleep", "because nobody called"],
        ),
        ("en", "we drove home with seven empty boxes", ["we drove home", "with seven empty boxes"]),
        ("de", "wir bleiben hier und warten morgen", ["wir bleiben hier", "und warten morgen"]),
        (
            "fr",
            "elle ferme boutique mais elle revient",
            ["elle ferme boutique", "mais elle revient"],
        ),
        (
            "es",
            "vendimos casa grande pero nadie llamó",
            ["vendimos casa grande", "pero nadie llamó"],
        ),
    ],
)
def test_groups_break_before_a_conjunction_or_preposition(
    language: str, text: str, wanted: list[str]
) -> None:
    assert lines(grouped(said(text), language)) == wanted


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "everybody understood their engine failed twice today"),
        ("en", "nothing lasts against wind without regular repair"),
        ("de", "niemand glaubte dieser Mannschaft noch eine Chance"),
    ],
)
def test_no_group_ends_with_a_word_that_belongs_to_the_next(language: str, text: str) -> None:
    leaning = {"their", "against", "without", "dieser", "noch", "eine"}
    groups = grouped(said(text), language)
    assert len(groups) >= 2
    assert not leaning & {g.words[-1].text for g in groups[:-1]}


@given(
    texts=st.lists(
        st.sampled_from(["house", "the", "of", "and", "because", "Wisconsin", "my"]),
        min_size=2,
        max_size=30,
    ),
    max_words=st.integers(3, 6),
    gaps=st.data(),
)
def test_no_word_is_left_over(texts: list[str], max_words: int, gaps: st.DataObject) -> None:
    """Words that fit, in one phrase with small pauses: no group is a single word."""
    at_s, words = 0.0, []
    for text in texts:
        words.append(Word(text=text, start_s=at_s, end_s=at_s + 0.3, probability=1))
        at_s += 0.3 + gaps.draw(st.sampled_from([0.0, 0.0, 0.1, 0.5]))
    groups = grouped(words, max_words=max_words, width=30.0 * 10 * max_words)
    assert min(len(g.words) for g in groups) >= 2


@given(
    texts=st.lists(st.sampled_from(["we", "and", "Wisconsin", "go,", "end.", "the"]), min_size=1),
    lengths_s=st.data(),
    max_words=st.integers(1, 5),
    language=st.sampled_from(["", "en", "de"]),
)
def test_no_word_stays_alone_in_the_middle_of_a_sentence(
    texts: list[str], lengths_s: st.DataObject, max_words: int, language: str
) -> None:
    at_s, words = 0.0, []
    for text in texts:
        length_s = lengths_s.draw(st.sampled_from([0.2, 0.8, 2.5, 6.0]))
        words.append(Word(text=text, start_s=at_s, end_s=at_s + length_s, probability=1))
        at_s += length_s + lengths_s.draw(st.sampled_from([0.0, 0.3, 1.0]))
    groups = grouped(words, language, max_words=max_words)
    assert [w for g in groups for w in g.words] == words
    for g in groups:
        assert len(g.lines) <= 2
        assert len(g.words) <= max_words
        goes_on = g is not groups[-1] and not g.words[-1].text.endswith(".")
        if len(g.words) == 1 and goes_on:
            assert g.end_s - g.start_s <= MAX_LONE_S + 1e-9


def test_a_word_that_is_a_sentence_stays_as_long_as_it_is_said() -> None:
    for text in ("Goal!", "Ommm"):
        [alone] = grouped([Word(text=text, start_s=0.0, end_s=4.0, probability=1)])
        assert alone.end_s > 4.0


@pytest.mark.parametrize("max_words", [4, 5])
@pytest.mark.parametrize(
    ("text", "together"),
    [("we ran for about 20 miles that day", "20 miles"), ("I spent 15 years there", "15 years")],
)
def test_a_number_stays_with_its_unit(text: str, together: str, max_words: int) -> None:
    groups = lines(grouped(said(text), max_words=max_words, width=840.0))
    assert any(together in line for line in groups)


def test_a_group_has_one_speaker() -> None:
    words = said("do you agree I do not")
    groups = grouped(words, speakers=(0, 0, 0, 1, 1, 1))
    assert lines(groups) == ["do you agree", "I do not"]
    assert [g.speaker for g in groups] == [0, 1]


def test_speakers_are_numbered_as_they_begin_to_speak() -> None:
    turns = [
        (Span(start_s=0.6, end_s=1.2), "B"),
        (Span(start_s=0.0, end_s=0.6), "A"),
        (Span(start_s=1.5, end_s=9.0), "A"),
    ]
    assert speakers_of(said("a b c d e f"), turns) == (0, 0, 1, 1, 1, 0)
    assert speakers_of(said("c d e f")[2:], turns) == (0, 0)
    assert speakers_of(said("a b"), ()) == (0, 0)


def test_who_is_interrupted_goes_on_speaking_afterwards() -> None:
    turns = [(Span(start_s=0.0, end_s=9.0), "A"), (Span(start_s=0.6, end_s=1.2), "B")]
    assert speakers_of(said("a b c d e f"), turns) == (0, 0, 1, 1, 0, 0)


def test_a_mark_before_a_closing_quote_ends_what_it_ends_alone() -> None:
    ends = [end_of(text) for text in ("yes,", "yes,”", "yes.”", "(yes)", "yes", "”", "")]
    assert ends == ["clause", "clause", "sentence", "clause", "", "", ""]
