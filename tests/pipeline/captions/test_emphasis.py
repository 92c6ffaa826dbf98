"""Key words of captions: few, telling, and never one that only holds others together."""

import json
import random

import pytest
from real_models import SAMPLE_TRUTH

from pipeline.captions.layout.emphasis import key_words

FUNCTION = {
    "en": "the a an of and or but in on at to for with from by is are was were be been it he she "
    "they we you i that this these those not so if then than as which who what there here do does "
    "did have has had will would can could should may might must into over under about between",
    "de": "der die das ein eine und oder aber in auf mit von zu ist sind war nicht so wenn als wie "
    "ich du er sie es wir ihr sich auch noch nur schon",
    "fr": "le la les un une des et ou mais dans sur avec de du est sont était ne pas je tu il elle "
    "nous vous ils ce cette qui que c'est j'ai qu'il",
    "es": "el la los las un una y o pero en con de del es son era no yo tú él ella que se lo su",
}
CONTENT = {
    "en": "Wisconsin Clara 90% 1962 $2.5 million dollars library repaired laughed never toasters",
    "de": "Millionen 3,5 Prozent Bundeskanzler Werkstatt Wiederzulassung reparieren 2024",
    "fr": "Nicolas smartphone l'accumulation 20 ans consommation évidemment l'humanité",
    "es": "LibriVox grabación 30 días dominio público Barcelona rápidamente",
}


def starred(text: str, language: str = "en", *, size: int | None = None) -> str:
    """The text with stars around what stands out, in groups of `size` words."""
    texts = text.split()
    size = size or len(texts)
    groups = [(n, min(n + size, len(texts))) for n in range(0, len(texts), size)]
    keys = key_words(texts, groups, language)
    return " ".join(f"*{t}*" if n in keys else t for n, t in enumerate(texts))


@pytest.mark.parametrize(
    ("language", "text", "wanted"),
    [
        ("en", "it saves 90 percent of us", "it saves *90* *percent* of us"),
        ("en", "they paid $2.5 million for it", "they paid *$2.5* *million* for it"),
        ("en", "after three weeks it was", "after *three* *weeks* it was"),
        ("en", "two of us were there", "two of us were there"),
        ("de", "das waren 3,5 Millionen im", "das waren *3,5* *Millionen* im"),
        ("ja", "2024 年 に 増 え た", "*2024* 年 に 増 え た"),
        ("ar", "في عام 2024 كان هذا", "في عام *2024* كان هذا"),
        ("ar", "كان هذا عام ٢٠٢٤ في", "كان هذا عام *٢٠٢٤* في"),
    ],
)
def test_numbers_stand_out_with_their_unit(language: str, text: str, wanted: str) -> None:
    assert starred(text, language) == wanted


@pytest.mark.parametrize(
    ("language", "text", "wanted"),
    [
        ("en", "me is Clara Bennett, who", "me is *Clara* *Bennett,* who"),
        ("en", "I'm in New Jersey now", "I'm in *New* *Jersey* now"),
        ("it", "ieri ho visto Giovanni qui", "ieri ho visto *Giovanni* qui"),
        ("ru", "вчера я видел Наташу там", "вчера я видел *Наташу* там"),
        ("it", "Certamente era così.", "Certamente era così."),  # a sentence begins with it
        ("it", "IERI HO VISTO GIOVANNI QUI", "IERI HO VISTO GIOVANNI QUI"),  # all are capitals
    ],
)
def test_names_stand_out_where_capitals_show_them(language: str, text: str, wanted: str) -> None:
    assert starred(text, language) == wanted


def test_a_name_is_known_at_the_start_of_a_sentence_once_it_was_said_within_one() -> None:
    said = "so Anna is here. Anna was there"
    assert starred(said, size=4) == "so *Anna* is here. *Anna* was there"


def test_the_words_that_carry_a_sentence_stand_out() -> None:
    assert starred("and he laughed at it") == "and he *laughed* at it"
    assert starred("he runs the public library there") == "he runs the public *library* there"
    assert starred("avec force de l'accumulation des", "fr") == "avec force de *l'accumulation* des"


@pytest.mark.parametrize(
    "text",
    [
        "今日 は とても 良い 天気 です",
        "สวัสดี ทุกคน วันนี้ เรา",
        "नमस्ते दोस्तों आज हम बात",
        "مرحبا بكم في هذا البرنامج",
    ],
)
def test_nothing_is_guessed_where_no_letter_tells(text: str) -> None:
    for language in ("ja", "th", "hi", "ar"):
        assert starred(text, language) == text


@pytest.mark.parametrize("language", FUNCTION)
@pytest.mark.parametrize("seed", range(60))
def test_few_words_of_a_group_stand_out_and_never_a_function_word(language: str, seed: int) -> None:
    chance = random.Random(seed)
    function, content = FUNCTION[language].split(), CONTENT[language].split()
    texts = [chance.choice(chance.choice((function, content))) for _ in range(200)]
    texts = [t + chance.choice(("", "", ",", ".", "?")) for t in texts]
    texts = [chance.choice((t, t, t.capitalize(), t.upper())) for t in texts]
    groups, first = [], 0
    while first < len(texts):
        end = min(len(texts), first + chance.randint(1, 5))
        groups.append((first, end))
        first = end
    keys = key_words(texts, groups, language)
    assert keys
    for n in keys:
        assert texts[n].rstrip(",.?").casefold() not in function
    for first, end in groups:
        count = len(keys & set(range(first, end)))
        assert count <= min(2, end - first - 1)


def test_in_a_talk_a_third_of_the_groups_have_a_key_word() -> None:
    truth = json.loads(SAMPLE_TRUTH.read_text())
    texts = " ".join(s["text"] for s in truth["sentences"]).split()
    groups = [(n, min(n + 4, len(texts))) for n in range(0, len(texts), 4)]
    keys = key_words(texts, groups, "en")
    share = sum(any(n in keys for n in range(*g)) for g in groups) / len(groups)
    assert 0.2 < share < 0.6


def test_odd_words_do_no_harm() -> None:
    odd = ["", " ", "—", "'", "''", "🔥", "\u200d", "%", "$", "-", "A" * 10_000, "’s", "5", "\0"]
    assert starred(" ".join(odd)) is not None
    assert key_words(odd, [(0, 7), (7, 14)], "en") <= set(range(14))
    assert key_words([], [], "en") == frozenset()
    assert key_words(odd, [(0, 14)], "xx") == {12}
