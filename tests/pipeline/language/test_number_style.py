"""Numbers of recognized speech are written by one rule; nothing else changes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spoken_words import spoken
from text_to_num import alpha2digit

from pipeline.language import number_style


def written(text: str, language: str = "en") -> str:
    return " ".join(word.text for word in number_style.mend(spoken(text), language))


@pytest.mark.parametrize(
    ("heard", "wanted"),
    [
        ("I think 2 or 3 streets away.", "I think two or three streets away."),
        ("We close at 4 instead of 5.", "We close at four instead of five."),
        ("Why? 4 people came.", "Why? Four people came."),
        ("About 7 of us.", "About seven of us."),
        ("(5, maybe 6!) of them", "(Five, maybe six!) of them"),
        ("I have 2 and a half.", "I have two and a half."),
        ("We had 25 chairs and 3 dogs.", "We had 25 chairs and three dogs."),
        ("In 2019 we had 3 shops.", "In 2019 we had three shops."),
        ("Am I 4? The 2 of us won 3 to 2.", "Am I four? The two of us won three to two."),
    ],
)
def test_low_numbers_are_in_words(heard: str, wanted: str) -> None:
    assert written(heard) == wanted
    assert written(wanted) == wanted


@pytest.mark.parametrize(
    "heard",
    [
        "Ten years in October. It takes ten minutes, or twenty-five.",  # words stay
        "Because 4 out of 10 dead machines, between 8 and 12, or 9, 10, and 8 are ours.",
        "The last 2 inches at 4 degrees cost 3 dollars, that is 5 per cent for 2 kg in 5 km.",
        "Now step 2 is on page 7. The No. 1 player. See Vol. 2 on day 3.",
        "On May 5 she came. May 5 was a Friday.",
        "Windows 7 runs and my iPhone 4 works. We use Python 3. He said D 3 = 5.",
        "We met the 5 Guys there.",
        "Call 5 5 5 1 2 now.",
        "It is 2 1/2 or 07 or 3.5 or 2x or 3 % or #5 or (²).",
        "They have twenty five million and one hundred 3 and five 4.",
        "The Ten Commandments say that one of us, a second person, was there once.",
        "A hundred and twenty of nineteen oh five.",
    ],
)
def test_what_has_another_form_stays(heard: str) -> None:
    assert written(heard) == heard


@pytest.mark.parametrize(
    ("language", "heard", "wanted"),
    [
        ("de", "Das sind 2 Brote und 12 Kuchen.", "Das sind zwei Brote und zwölf Kuchen."),
        ("de", "Um 7 Uhr kommt 1 Bus auf Gleis 3.", "Um 7 Uhr kommt 1 Bus auf Gleis 3."),
        ("de", "Vom 5. bis 7. Juni, im 2. Weltkrieg.", "Vom 5. bis 7. Juni, im 2. Weltkrieg."),
        ("es", "Hay 3 o 4 calles.", "Hay tres o cuatro calles."),
        ("es", "El 11 de septiembre.", "El 11 de septiembre."),
        ("fr", "Il y a 2 rues et vingt et un ponts.", "Il y a deux rues et vingt et un ponts."),
        ("fr", "C'est le 14 juillet, n° 5.", "C'est le 14 juillet, n° 5."),
        ("it", "I venti del nord, il 2 giugno.", "I venti del nord, il 2 giugno."),
        ("nl", "Op 4 mei kwamen 3 mensen.", "Op 4 mei kwamen drie mensen."),
        ("pt", "São 2 ou 3 ruas.", "São 2 ou três ruas."),
        ("ja", "2 人 と 3 人", "2 人 と 3 人"),
    ],
)
def test_each_language_has_its_own_words_and_limit(language: str, heard: str, wanted: str) -> None:
    assert written(heard, language) == wanted


def value(text: str) -> str:
    return str(alpha2digit(text.lower(), "en", threshold=0))


SAID = "we|have|2|3,|10|11.|ten|five|(7)|x|Bob|step|meters|.|twenty|hundred|and|to|May|²"


@given(st.lists(st.sampled_from(SAID.split("|"))))
def test_every_number_is_still_that_number(said: list[str]) -> None:
    words = spoken(" ".join(said))
    mended = number_style.mend(words, "en")
    assert [(w.start_s, w.end_s) for w in mended] == [(w.start_s, w.end_s) for w in words]
    for before, after in zip(words, mended, strict=True):
        assert value(before.text) == value(after.text)
