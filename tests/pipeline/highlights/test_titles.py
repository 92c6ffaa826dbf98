"""Titles of three kinds and hashtags that people search for, from what is said."""

import re
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from real_models import edit, embed_any, rate, text_models
from spoken_words import ANY_WORDS

from pipeline.analysis.title_fitness import Material, Rate, Ratings
from pipeline.core.control import Control
from pipeline.core.data import Options, TitleVariant
from pipeline.highlights import fields, selection
from pipeline.highlights.hashtags import hashtags, names
from pipeline.highlights.titles import clauses, material, title_variants
from pipeline.language.cleanup import split_sentences, tidy
from pipeline.language.disfluencies import bare
from pipeline.language.lexicon import stop_words
from training import scripts
from training.sentences import Said

SAID = (
    "How do you save someone who's panicking in the water? You don't touch him. If you touch him, "
    "then there are two of you. In twenty years I pulled out 312 people with one question. What's "
    "your dog's name? A drowning man can't do anything about the drowning."
)


WORDS = st.sampled_from(ANY_WORDS)


def variants(
    edited: Sequence[str], language: str, rate: Rate, others: Sequence[str] = ()
) -> tuple[TitleVariant, ...]:
    """Return the titles of a clip of edited sentences."""
    found = material(edited, language)
    [rated] = rate([found])
    return title_variants(found, rated.odds, language, others=others)


def title(text: str, language: str = "en") -> str:
    """Return the title of a clip; "" without one."""
    texts = split_sentences(text)
    edited = edit([Said(None, s) for s in texts])
    found = variants(edited, language, rate, others=texts)
    return found[0].title if found else ""


@pytest.mark.parametrize(
    ("said", "titles"),
    [
        (
            "I got my bakery because of a stranger who was angry about a loaf of bread. I was "
            "selling at a market stall.",
            {"I got my bakery because of a stranger who was angry"},
        ),
        (
            "Um, well, what would you do with one more year?",
            {"What would you do with one more year?"},
        ),
        (
            "I have never repaired anything in my own house. My doorbell plays one note.",
            {"I have never repaired anything in my own house", "My doorbell plays one note"},
        ),
        (
            "And so, my fellow Americans, ask not what your country can do for you, ask what you "
            "can do for your country.",
            {"Ask what you can do for your country", "Ask not what your country can do for you"},
        ),
    ],
)
def test_a_title_is_what_an_editor_would_post(said: str, titles: set[str]) -> None:
    assert title(said) in titles


@pytest.mark.parametrize(
    ("said", "expected"),
    [("Um.", "Um"), ("Um, uh... Hmm?", "Um, uh... Hmm?"), (" ", ""), ("...", "")],
)
def test_a_clip_of_nothing_but_fillers_is_named_after_them(said: str, expected: str) -> None:
    assert title(said) == expected


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("Der hinter diesem Portal liegende Raum wurde als Leichenhalle genutzt, damals.", "de"),
        ("Las arenas son blanquecinas de grano medio y tiene muy poca asistencia.", "es"),
        ("客観的実在の判断的知識が成立するのである。", "ja"),
        ("و هذا هو السؤال الذي يجب أن نطرحه على أنفسنا في كل يوم من أيام حياتنا الطويلة", "ar"),
        ("Donaudampfschifffahrtsgesellschaft" * 3, "de"),
    ],
)
def test_titles_work_in_every_language(said: str, language: str) -> None:
    found = title(said, language)
    assert 0 < len(found) <= 60
    assert found.rstrip("…") in said or found.rstrip("…")[1:] in said


def preferring(seed: int) -> Rate:
    """Prefer other clauses at each seed, as a network may."""

    def rate_by_chance(materials: Sequence[Material]) -> list[Ratings]:
        chance = np.random.default_rng(seed)
        sizes = [len(m.clauses) for m in materials]
        return [Ratings(chance.normal(0, 3, size), np.zeros(size)) for size in sizes]

    return rate_by_chance


@given(st.lists(WORDS, min_size=1, max_size=60).map(" ".join), st.integers(0, 99))
@example("the a never never never never never told Street said, breaks!", 0)  # 60 and a mark
def test_any_title_is_short_and_one_run_of_what_was_said(text: str, seed: int) -> None:
    """A word left out between others would say what nobody said."""
    texts = split_sentences(text)
    for variant in variants(texts, "en", preferring(seed), others=texts):
        found = variant.title
        assert 0 < len(found) <= 60
        assert not found[0].islower()
        said = " ".join(tidy(s) for s in texts) or text
        assert run_of(words(found), words(said))


def words(text: str) -> list[str]:
    return [word for token in text.split() if (word := bare(token))]


def run_of(short: list[str], long: list[str]) -> bool:
    """Whether the words stand in the text one after the other."""
    return any(long[i : i + len(short)] == short for i in range(len(long) - len(short) + 1))


def test_a_question_that_is_cut_keeps_its_mark_and_a_tag_is_no_question() -> None:
    said = ["How do you save someone who is panicking in the water near a cliff in January?"]
    asked = {c.text for c in clauses(said, "en")}
    assert "How do you save someone who is panicking?" in asked
    assert {"The battery lasts a day", "The battery lasts a day, right?"} <= {
        c.text for c in clauses(["The battery lasts a day, right?"], "en")
    }


def test_what_the_encoder_does_not_read_is_shortened() -> None:
    said = [" ".join(f"loaf{n}" for n in range(90)) + "."]

    def unread(materials: Sequence[Material]) -> list[Ratings]:
        sizes = [len(m.clauses) for m in materials]
        return [Ratings(np.full(size, -np.inf), np.zeros(size)) for size in sizes]

    [variant] = variants(said, "en", unread)
    assert variant.title.startswith("Loaf0 loaf1 loaf2")
    assert variant.title.endswith("…")


def test_tags_are_names() -> None:
    text = (
        "He had owned the bakery on Mill Street for forty years. We all know Mill Street, and "
        "what Mill Street was before Saoirse came, and the bakery made bread."
    )
    assert hashtags(text) == ("#MillStreet",)
    assert hashtags(text, fields=("#baking",)) == ("#baking", "#MillStreet")


def test_a_capital_that_is_no_name_parts_two_names() -> None:
    assert hashtags("We met Anna I Anna there.") == hashtags("We met Anna there.")


@given(st.lists(WORDS, max_size=60).map(" ".join))
def test_any_tag_is_one_word_that_was_said(text: str) -> None:
    tags = hashtags(text)
    assert len(tags) <= 5
    assert len({t.lower() for t in tags}) == len(tags)
    said = re.sub(r"\W", "", text.lower())
    for tag in tags:
        assert re.fullmatch(r"#\w{3,30}", tag)
        assert tag[1:].lower() in said
        assert tag[1:].lower() not in stop_words("en")


def test_a_clip_has_a_title_of_each_kind_that_its_words_have() -> None:
    texts = split_sentences(SAID)
    found = {v.kind: v.title for v in variants(texts, "en", preferring(0))}
    assert set(found) <= {"claim", "question", "number"}
    everything = {v.kind for seed in range(40) for v in variants(texts, "en", preferring(seed))}
    assert everything == {"claim", "question", "number"}
    for kind, text in found.items():
        assert text.endswith("?") == (kind == "question")
        assert len(text) <= 60
        assert text.rstrip("?")[1:] in SAID


def test_a_kind_that_the_words_do_not_have_is_left_out() -> None:
    texts = ["A bakery should always be a few loaves short."]
    assert {v.kind for v in variants(texts, "en", rate)} == {"claim"}
    assert variants([], "en", rate) == ()


@pytest.mark.parametrize("language", ["de", "es", "ja", "ru", "zh"])
def test_there_are_titles_in_every_language(language: str) -> None:
    script = scripts.read(scripts.FOLDER / "test" / language / "founder-1.txt")
    for moment in script.moments:
        said = [s.text for s in script.talk.sentences[moment.first : moment.last + 1]]
        found = variants(said, language, rate)
        assert found
        assert all(0 < len(v.title) <= 60 for v in found)


@pytest.mark.parametrize(
    ("language", "talk"),
    [
        ("en", "founder-1"),
        pytest.param("en", "solo-2", marks=pytest.mark.slow),
        pytest.param("de", "founder-1", marks=pytest.mark.slow),
    ],
)
def test_no_hashtag_is_an_everyday_word(language: str, talk: str) -> None:
    script = scripts.read(scripts.FOLDER / "test" / language / f"{talk}.txt")
    found = selection.choose(script.talk, None, text_models, Options(clip_count=3), Control())
    tags = [t.lower() for h in found for t in h.hashtags]
    assert not set(tags) & {"#door", "#wife", "#letter", "#room", "#tür", "#frau", "#brief"}
    assert all(t.startswith("#") and len(t) <= 31 for t in tags)


BREAD = (
    "The dough rests for sixteen hours before it goes into the oven.",
    "A baker knows by the sound of the crust whether the loaf is done.",
    "More yeast makes bread quicker, and it makes it worse.",
    "We bake rye on Fridays and rolls every morning at four.",
)
PLANES = (
    "The aircraft needs a longer runway when it is hot.",
    "A pilot checks the fuel by hand before each flight.",
    "We landed with one engine and nobody in the cabin noticed.",
    "The tower cleared us for take-off between two storms.",
)


@pytest.mark.parametrize(
    ("texts", "language", "tag"),
    [
        (BREAD, "en", "#baking"),
        (BREAD, "de", "#backen"),
        (PLANES, "en", "#aviation"),
        (PLANES, "xx", "#aviation"),  # a language without hashtags of its own has English ones
    ],
)
def test_the_field_is_named_as_people_search_it(
    texts: tuple[str, ...], language: str, tag: str
) -> None:
    meaning = embed_any(texts).astype(float)
    assert fields.nearest(meaning, 0, len(texts) - 1, language)[0] == tag


def test_the_data_file_has_a_tag_in_each_language() -> None:
    rows = fields.read_names()
    assert len({row["en"] for row in rows}) == len(rows) > 100
    assert all(len(row) == len(rows[0]) and all(row.values()) for row in rows)


def test_names_are_joined_where_capitals_are_evidence_of_names() -> None:
    said = "Then we walked up Mill Street to see Saoirse, and Mill Street was wet."
    assert names(said, "en") == {"MillStreet": 2, "Saoirse": 1}
    assert not names(said, "de")
