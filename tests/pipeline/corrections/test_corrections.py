"""Corrections put right what was misheard, and nothing else."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.data import Sentence, Span, Word
from pipeline.corrections.corrected import Corrected, correct
from pipeline.corrections.texts import SpanTexts
from pipeline.corrections.word_pieces import comparable
from pipeline.corrections.word_replacement import (
    FURTHER_WORDS,
    MORE_WORDS,
    Correction,
    TooManyWords,
)
from pipeline.language import sentences as splitting

WORD_S, STEP_S = 0.4, 0.5

vocabulary = st.sampled_from(
    ["anna", "Anna", "Carena", "carena,", "“Carena”", "Carena's", "it’s", "—", "read.", "C#", "я"]
)
talks = st.lists(vocabulary, min_size=1, max_size=40)
phrases = st.lists(
    st.sampled_from(["anna", "carena", "read", "Karenina", "x", "C#", "Anna,"]),
    min_size=1,
    max_size=4,
).map(" ".join)
places = st.none() | st.integers(0, 40).map(lambda n: n * STEP_S)
changes = st.lists(st.builds(Correction, heard=phrases, text=phrases, at_s=places), max_size=6)


def spoken(
    texts: Sequence[str], language: str = "en"
) -> tuple[tuple[Word, ...], tuple[Sentence, ...]]:
    """Words, two a second, with their sentences."""
    words = tuple(
        Word(text=text, start_s=n * STEP_S, end_s=n * STEP_S + WORD_S, probability=0.5)
        for n, text in enumerate(texts)
    )
    return words, splitting.split(words, language)


def corrected(
    text: str, *pairs: tuple[str, str], language: str = "en", at_s: float | None = None
) -> Corrected:
    words, said = spoken(text.split(), language)
    steps = [Correction(heard=heard, text=said_, at_s=at_s) for heard, said_ in pairs]
    return correct(words, said, steps, language)


def text_of(found: Corrected) -> str:
    return " ".join(sentence.text for sentence in found.sentences)


@given(texts=talks, steps=changes)
def test_words_stay_in_the_time_that_was_heard_and_sentences_hold_them(
    texts: list[str], steps: list[Correction]
) -> None:
    words, said = spoken(texts)
    found = correct(words, said, steps, "en")
    assert len(found.sentences) == len(said)
    at = 0
    for before, after in zip(said, found.sentences, strict=True):
        assert (after.start_s, after.end_s) == (before.start_s, before.end_s)
        assert after.first_word == at
        inside = found.words[at : after.last_word + 1]
        at = after.last_word + 1
        assert after.text == splitting.join(inside, "en")
        assert inside[0].start_s == before.start_s
        assert inside[-1].end_s == before.end_s
    assert at == len(found.words)
    for word, following in zip(found.words, [*found.words[1:], None], strict=True):
        assert word.text.strip() == word.text != ""
        assert word.start_s < word.end_s
        assert following is None or word.end_s <= following.start_s + 1e-9


@given(texts=talks, steps=changes)
def test_what_no_correction_is_about_stays(texts: list[str], steps: list[Correction]) -> None:
    words, said = spoken(texts)
    found = correct(words, said, steps, "en")
    kept = [word for word in found.words if word.probability != 1.0]
    assert [word for word in words if word in kept] == kept  # the same ones, in their order
    keys = {key for step in steps for key in comparable(step.heard, "en").split()}
    untouched = [
        word
        for word in words
        if not {comparable(word.text, "en"), comparable(word.text, "en").removesuffix("'s")} & keys
    ]
    assert [word for word in untouched if word in found.words] == untouched
    if not any(found.places):
        assert (found.words, found.sentences) == (words, said)


@given(texts=talks)
def test_without_corrections_all_is_the_same(texts: list[str]) -> None:
    words, said = spoken(texts)
    assert correct(words, said, [], "en") == Corrected(words=words, sentences=said)


@given(texts=talks, heard=phrases, text=phrases)
def test_as_many_words_keep_their_times(texts: list[str], heard: str, text: str) -> None:
    if len(heard.split()) != len(text.split()):
        return
    words, said = spoken(texts)
    found = correct(words, said, [Correction(heard=heard, text=text)], "en")
    assert [(w.start_s, w.end_s) for w in found.words] == [(w.start_s, w.end_s) for w in words]


@pytest.mark.parametrize(
    ("before", "heard", "text", "after"),
    [
        ("I read Carena.", "carena", "Karenina", "I read Karenina."),
        ("“Carena,” he said", "Carena", "Karenina", "“Karenina,” he said"),
        ("Carena's and Carena’s", "carena", "Karenina", "Karenina's and Karenina’s"),
        ("James wrote", "James", "Jones's", "Jones's wrote"),
        ("Carenas and Carena", "Carena", "Karenina", "Carenas and Karenina"),
        ("CARENA", "Carena", "Karenina", "Karenina"),
        ("The end of the day", "the", "a", "A end of a day"),
        ("iphone works, iphone", "iphone", "iPhone", "iPhone works, iPhone"),
        ("Who's who", "who", "Hu", "Who's Hu"),
        ("in the US.", "us", "U.S.", "in the U.S."),
        ("in the US, and", "us", "U.S.", "in the U.S., and"),
        ("Anna, Carena came", "anna carena", "Emma Karenin", "Emma, Karenin came"),
        ("Anna, Carena came", "anna, carena", "Emma Karenin", "Emma Karenin came"),
        ("new York times", "new york times", "The Times", "The Times"),
        ("C# is C", "C", "see", "C# is see"),
        ("Café", "Cafe\u0301", "Kaffee", "Kaffee"),
        (
            "Karenina is Anna Karenina",
            "Karenina",
            "Anna Karenina",
            "Anna Karenina is Anna Karenina",
        ),
        ("a a a", "a a", "b", "b a"),
    ],
)
def test_marks_genitives_and_capitals_stay(before: str, heard: str, text: str, after: str) -> None:
    assert text_of(corrected(before, (heard, text))) == after


@pytest.mark.parametrize(
    ("language", "before", "heard", "text", "after"),
    [
        ("zh", "我们 读 安娜 卡雷纳 。", "安娜卡雷纳", "安娜·卡列尼娜", "我们读安娜·卡列尼娜。"),
        ("ja", "ア ンナ・ カレナ、 と", "カレナ", "カレーニナ", "アンナ・カレーニナ、と"),
        ("th", "อ่าน แอนนา คารีนา แล้ว", "แอนนา คารีนา", "อันนา คาเรนินา", "อ่านอันนาคาเรนินาแล้ว"),
    ],
)  # fmt: skip
def test_languages_without_spaces_go_by_their_words(
    language: str, before: str, heard: str, text: str, after: str
) -> None:
    assert text_of(corrected(before, (heard, text), language=language)) == after


def test_only_whole_words_of_a_language_without_spaces_are_found() -> None:
    assert corrected("読書 会", ("書会", "書会議"), language="ja").places == (0,)


def test_words_of_two_sentences_are_no_place() -> None:
    assert corrected("I read Anna. Carena came.", ("anna carena", "x")).places == (0,)


def test_one_place_is_the_one_that_starts_there() -> None:
    found = corrected("well well well", ("well", "Will"), at_s=2 * STEP_S)
    assert (text_of(found), found.places) == ("well well Will", (1,))


def test_times_are_shared_by_the_lengths_of_words() -> None:
    found = corrected("I read Carena.", ("carena", "Anna Karenina"))
    first, second = found.words[2:]
    assert (first.start_s, second.end_s) == (1.0, 1.4)
    assert first.end_s == second.start_s == pytest.approx(1.0 + 0.4 * 4 / 12)
    assert found.heard == {2: "Carena", 3: "Carena"}


def test_corrections_of_corrected_words_cannot_multiply_them() -> None:
    chain = [("a", "b " * 10), ("b", "c " * 10), ("c", "d " * 10)]
    with pytest.raises(TooManyWords):
        corrected("a a a a a", *chain)
    most = corrected("a " * 100, ("a", "b b"))
    assert len(most.words) <= MORE_WORDS * 100 + FURTHER_WORDS


def test_marks_and_what_was_heard_do_not_pile_up() -> None:
    chain = [(f"x{n}", f"x{n + 1}{'!?' * 40}") for n in range(30)]
    found = corrected("x0", *chain)
    assert len(found.words[0].text) < 110
    turns = [("a b", "c d e"), ("d e f", "a b g"), ("b g h", "a b c")] * 10
    assert max(map(len, corrected("a b f h", *turns).heard.values())) <= 200


@given(texts=talks, heard=phrases, text=phrases)
def test_titles_are_corrected_as_words_are(texts: list[str], heard: str, text: str) -> None:
    words, said = spoken(texts)
    steps = [Correction(heard=heard, text=text)]
    title = said[0].text
    texts_ = SpanTexts(steps, "en", said=title, spans=[Span(start_s=0.0, end_s=1.0)])
    assert texts_.of(title) == correct(words, said, steps, "en").sentences[0].text


def test_a_title_has_a_correction_of_one_place_only_where_it_is_certain() -> None:
    step, span = Correction(heard="there", text="their", at_s=3.0), Span(start_s=0.0, end_s=9.0)
    once = SpanTexts([step], "en", said="It is there.", spans=[span])
    assert once.of("There it is") == "Their it is"
    twice = SpanTexts([step], "en", said="There it is, there.", spans=[span])
    assert twice.of("There it is") == "There it is"
    outside = SpanTexts([step], "en", said="It is there.", spans=[Span(start_s=4.0, end_s=9.0)])
    assert outside.of("There it is") == "There it is"


def test_hashtags_are_corrected_whole() -> None:
    steps = [Correction(heard="Anna Carena", text="Anna Karenina")]
    texts = SpanTexts(steps, "en", said="", spans=[])
    assert [texts.hashtag(tag) for tag in ("#AnnaCarena", "#carena", "#books")] == [
        "#AnnaKarenina", "#carena", "#books",
    ]  # fmt: skip


def test_titles_of_a_language_without_spaces_are_corrected() -> None:
    steps = [Correction(heard="安娜 卡雷纳", text="安娜·卡列尼娜")]
    texts = SpanTexts(steps, "zh", said="", spans=[])
    assert texts.of("为什么安娜卡雷纳。") == "为什么安娜·卡列尼娜。"
    assert texts.of("为什么安娜·卡列尼娜。") == "为什么安娜·卡列尼娜。"
