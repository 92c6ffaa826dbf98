"""Nouns of talks in languages without a grammar file, and titles that are made of them."""

import pytest

from pipeline.texts.titles import nouns

TALKS = {
    "de": (
        "Der Hang war steil.",
        "Unter dem Hang lag Schnee.",
        "Auf diesem Hang ging nichts.",
    ),
    "es": ("La balanza estaba rota.", "Con la balanza vieja pesaba todo.", "Tiré mi balanza."),
    "fr": ("L'agrafe tient le piano.", "Sans l'agrafe, rien.", "Il a vu cette agrafe."),
    "it": ("Il violino era rotto.", "Con un violino così.", "Ho preso quel violino."),
    "pt": ("O vidro quebrou.", "A luz vinha do vidro.", "Limpei aquele vidro."),
    "ru": ("Лифт стоит.", "Мы вошли в лифт.", "Старый лифт опять сломан."),
    "ja": ("竜巻が来た。", "あの竜巻は大きい。", "それは竜巻だった。"),
    "zh": ("他的钥匙丢了。", "这把钥匙是我的。", "给我钥匙吧。"),
}
TITLES = {
    "de": "Hang",
    "es": "Balanza",
    "fr": "Agrafe",
    "it": "Violino",
    "pt": "Vidro",
    "ru": "Лифт",
    "ja": "竜巻",
    "zh": "钥匙",
}


@pytest.mark.parametrize("language", TALKS)
def test_what_all_sentences_are_about_is_found(language: str) -> None:
    texts = TALKS[language]
    found = nouns.mentions(texts, language)
    shared = set.intersection(*({noun for noun, _ in line} for line in found))
    assert len(shared) == 1
    forms = [form for line in found for noun, form in line if noun in shared]
    assert nouns.heading(forms, texts, language) == TITLES[language]


def test_a_language_without_nouns_has_none() -> None:
    assert nouns.mentions(("Wieża stała na wzgórzu.",), "pl") == [()]


def test_a_noun_has_the_words_that_most_of_its_mentions_have_behind() -> None:
    texts = ("La prueba de alcohol falló.", "Otra prueba de alcohol.", "Esa prueba de alcohol, no.")
    assert nouns.heading(["prueba"] * 3, texts, "es") == "Prueba de alcohol"


def test_a_word_that_stands_in_oblique_cases_alone_is_no_heading() -> None:
    texts = ("Мы шли к лавке.", "Он думал о лавке.")
    found = nouns.mentions(texts, "ru")
    forms = [form for line in found for _, form in line]
    assert nouns.heading(forms, texts, "ru") == ""


@pytest.mark.parametrize("language", ["de", "ru", "zh", "ja", "xx"])
@pytest.mark.parametrize("text", ["", " ", "...", "''", "’", "а" * 5000, "钥" * 5000, "-" * 100])
def test_nothing_is_found_in_what_is_no_text(language: str, text: str) -> None:
    assert len(nouns.mentions([text, text, text], language)) == 3
