"""Marks stand as print in a language has them."""

import pytest

from pipeline.language.cleanup import split_sentences
from pipeline.language.typography import dialogue_dash, keep_spaces, label, quote, remark, typeset

SET = {
    ("de", 'Er rief "Halt" und lief.'): "Er rief „Halt“ und lief.",
    ("de", "Er rief “Halt” und lief."): "Er rief „Halt“ und lief.",
    ("de", "Er rief »Halt« und lief."): "Er rief „Halt“ und lief.",
    ("es", 'Un buque, el "Vela", se hundió.'): "Un buque, el «Vela», se hundió.",
    ("ru", 'Буксир "Вымпел" назывался.'): "Буксир «Вымпел» назывался.",
    ("ru", "Сначала — не покупайте."): "Сначала — не покупайте.",
    ("ja", "“ほたる湯”です。"): "「ほたる湯」です。",
    ("zh", "他说「不来」。"): "他说「不来」。",
    ("en", "He said “no” twice."): "He said “no” twice.",
    ("es", "El «Vela, o “la Vela”, de Vigo»."): "El «Vela, o “la Vela”, de Vigo».",
}
WITHIN = {
    "en": "“He said ‘no’ twice”",
    "de": "„Er sagte ‚nein‘ dazu“",
    "fr": "«\u202fIl a dit “non” deux fois\u202f»",
    "es": "«Dijo “no” dos veces»",
    "ru": "«Он сказал „нет“ дважды»",
    "ja": "「彼は『いや』と言った」",
}
SAID = {
    "en": "He said “no” twice",
    "de": "Er sagte „nein“ dazu",
    "fr": "Il a dit «\u202fnon\u202f» deux fois",
    "es": "Dijo «no» dos veces",
    "ru": "Он сказал «нет» дважды",
    "ja": "彼は「いや」と言った",
}


@pytest.mark.parametrize(("language", "said"), SET)
def test_marks_are_those_of_the_language(language: str, said: str) -> None:
    assert typeset(said, language) == SET[language, said]


@pytest.mark.parametrize("language", WITHIN)
def test_a_quotation_within_one_has_the_inner_marks(language: str) -> None:
    assert quote(SAID[language], language) == WITHIN[language]


def test_no_line_begins_with_a_mark() -> None:
    said = "Je dis : « Quoi ? » Et lui ! Non ; rien."
    wanted = "Je dis\u00a0: «\u202fQuoi\u202f?\u202f» Et lui\u202f! Non\u202f; rien."
    assert keep_spaces(said, "fr") == wanted
    assert keep_spaces(said, "de") == said


def test_who_speaks_is_followed_by_a_colon() -> None:
    names = [label("Ada", language) for language in ("en", "fr", "zh", "th")]
    assert names == ["Ada: ", "Ada\u00a0: ", "Ada：", "Ada: "]


def test_marks_as_wide_as_letters_have_no_space_beside_them() -> None:
    remarks = [remark("3:05", language) for language in ("en", "ja", "zh", "th")]
    assert remarks == [" (3:05)", "（3:05）", "（3:05）", " (3:05)"]
    dashes = [dialogue_dash(language) for language in ("en", "ru", "ja", "zh")]
    assert dashes == ["– ", "— ", "――", "——"]


def test_a_closing_mark_belongs_to_its_sentence() -> None:
    assert split_sentences("Il dit : « Entrez ! » Puis rien.") == [
        "Il dit : « Entrez ! »",
        "Puis rien.",
    ]
    assert split_sentences("Sie sagte: „Komm.“ Dann ging sie.") == [
        "Sie sagte: „Komm.“",
        "Dann ging sie.",
    ]
