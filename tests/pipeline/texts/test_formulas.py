"""Formulas read aloud are in no text, with what says nothing without them."""

import pytest
import talks

from pipeline.core.texts import TEXT_KINDS
from pipeline.texts.formulas import formulas
from pipeline.texts.writer import write_texts

DERIVED = [
    "The baker asked me why people wait although he works faster than they come.",
    "Two words. L equals lambda W, and that is all of it.",
    "So lambda is nought point nine.",
    "It fits.",
    "He bought a second till, and the queue was gone before the rain came.",
    "How many loaves are that?",
    "Forty times five, two hundred.",
    "The rest of the bread goes to the school in Mill Street every evening.",
]
SAID = {  # two formulas, and a sentence after them that names a symbol
    "de": ["L ist gleich 5 mal 3.", "Zwei plus 2 macht W minus L.", "Also ist L dann größer."],
    "es": ["W igual a 5 por L.", "Y 10 entre 2 son cinco.", "Entonces W sube mucho."],
    "fr": ["W égale 5 fois 3.", "Donc 8 plus 2 moins W.", "Alors W monte encore."],
    "it": ["W uguale 5 per L.", "Poi 10 diviso 2 più W.", "Allora W sale."],
    "nl": ["W is gelijk aan 5 keer 3.", "Dus 8 min 2 is zes.", "Dan wordt W groter."],
    "pt": ["W igual a 5 vezes 3.", "Então 8 menos 2 dá seis.", "Aí W sobe."],
    "ru": ["5 плюс 3 это восемь.", "S равно 8 минус 2.", "Значит, S растёт."],
    "ja": ["5足す3は八です。", "8引く2は六です。"],
    "zh": ["5加3是八。", "8减2是六。"],
}


def test_a_derivation_is_left_out_and_the_story_stays() -> None:
    left_out = {DERIVED[n] for n in formulas(DERIVED, "en")}
    assert left_out == {*DERIVED[1:4], *DERIVED[5:7]}
    transcript = talks.transcript([(text, "Hanna") for text in DERIVED * 3])
    for text in write_texts(transcript, [], embed=None, kinds=TEXT_KINDS).by_kind().values():
        assert "lambda" not in text
        assert "Forty times" not in text
        assert "How many loaves" not in text  # its answer is a formula


@pytest.mark.parametrize("language", SAID)
def test_formulas_are_found_in_ten_languages(language: str) -> None:
    assert set(formulas(SAID[language], language)) == set(range(len(SAID[language])))


@pytest.mark.parametrize(
    "said",
    [
        ["We need a plan B, and vitamin C.", "Plan B was better.", "I ate vitamin C all winter."],
        [
            "It happened one by one.",
            "Two by two they came back.",
            "Nine times out of ten it rains.",
        ],
        ["Two plus two is four, my father said.", "He was a kind man who kept bees."],
        ["So S = a + ar.", "Then r times S is S minus a.", "Take S out on the left."],
    ],
    ids=["names", "idioms", "one sum", "signs"],
)
def test_what_is_no_spoken_formula_stays(said: list[str]) -> None:
    assert not formulas(said, "en")


def test_a_list_with_a_formula_is_left_out_whole() -> None:
    said = [
        "I need two assumptions about the people in the shop.",
        "One, they come at random, whatever the weather is like outside.",
        "Two, the time that they need is one S plus one W.",
        "Twice S plus W is what you wait.",
        "The baker laughed when I told him, and gave me a cake with a horse on it.",
    ]
    assert set(formulas(said, "en")) == {0, 1, 2, 3}
