"""Titles of three kinds and hashtags that people search for, from what is said."""

import re
from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from real_models import embed_any, text_models
from spoken_words import ANY_WORDS, tokens

from pipeline.core.control import Control
from pipeline.core.data import Options
from pipeline.highlights import fields, selection
from pipeline.highlights.hashtags import hashtags, things
from pipeline.highlights.titles import clip_title, title_variants
from pipeline.language.cleanup import split_sentences, tidy
from pipeline.language.disfluencies import bare
from pipeline.language.lexicon import last_words, stop_words
from training import scripts

SAID = (
    "How do you save someone who's panicking in the water? You don't touch him. If you touch him, "
    "then there are two of you. In twenty years I pulled out 312 people with one question. What's "
    "your dog's name? A drowning man can't do anything about the drowning."
)


WORDS = st.sampled_from(ANY_WORDS)

STORIES = {
    "I got my bakery because of a stranger who was angry about a loaf of bread. I was selling at "
    "a market stall.": "I got my bakery because of a stranger who was angry",
    "Follow your passion is the worst advice that you can give to a young person, and I say that "
    "as somebody who loves her work.": "Follow your passion is the worst advice that you can give",
    "The most embarrassing day of my life began with a wedding cake and a dog called Biscuit."
    "": "The most embarrassing day of my life",
    "Um, well, what would you do with one more year?": "What would you do with one more year?",
    "I have never repaired anything in my own house. My doorbell plays one note."
    "": "I have never repaired anything in my own house",
}
WHOLE_RATHER_THAN_TORN = {
    "It allowed for the inhumanity of slavery, and failed to guarantee women and even men who "
    "didn't own property, the right to participate in politics. There wasn't a perfect document."
    "": "There wasn't a perfect document",
    "There wasn't a perfect document. It allowed for the inhumanity of slavery and failed to "
    "guarantee women and even men who didn't own property, the right to participate in politics."
    "": "There wasn't a perfect document",
    "And so, my fellow Americans, ask not what your country can do for you, ask what you can do "
    "for your country.": "Ask what you can do for your country",
}


@pytest.mark.parametrize(("said", "title"), [*STORIES.items(), *WHOLE_RATHER_THAN_TORN.items()])
def test_a_title_is_the_strongest_clause(said: str, title: str) -> None:
    assert clip_title(said) == title


@pytest.mark.parametrize(
    ("said", "title"), [("Um.", "Um"), ("Um, uh... Hmm?", "Um, uh... Hmm?"), (" ", ""), ("...", "")]
)
def test_a_clip_of_nothing_but_fillers_is_named_after_them(said: str, title: str) -> None:
    assert clip_title(said) == title


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
    title = clip_title(said, language)
    assert 0 < len(title) <= 60
    assert title.rstrip("…") in said or title.rstrip("…")[1:] in said


@given(st.lists(WORDS, min_size=1, max_size=60).map(" ".join))
@example("the a never never never never never told Street said, breaks!")  # 60 and a mark
def test_any_title_is_short_whole_and_said(text: str) -> None:
    title = clip_title(text)
    assert len(title) <= 60
    assert tokens(title) <= tokens(text)
    if title and title[-1] not in "?!…" and title.lower() not in tidy(text).lower():
        assert bare(title.split()[-1]) not in last_words("en")
    assert title == "" or not title[0].islower()


def run_of(short: list[str], long: list[str]) -> bool:
    """Whether the words stand in the text one after the other."""
    return any(long[i : i + len(short)] == short for i in range(len(long) - len(short) + 1))


@given(st.lists(WORDS, min_size=1, max_size=60).map(" ".join))
def test_any_title_is_one_run_of_what_was_said(text: str) -> None:
    """A word left out between others would say what nobody said."""
    title = [w for t in clip_title(text).split() if (w := bare(t))]
    tidied = " ".join(tidy(s) for s in split_sentences(text))
    said = [w for t in (tidied or text).split() if (w := bare(t))]
    assert run_of(title, said)


def test_a_tag_is_no_part_of_a_title() -> None:
    assert clip_title("The battery lasts a day, right?") == "The battery lasts a day"
    assert clip_title("Is the answer on the right?") == "Is the answer on the right?"


def test_words_that_search_for_others_make_no_title() -> None:
    text = "It was, like, maybe a kind of a shed or whatever. We sold forty boats in one winter."
    assert clip_title(text) == "We sold forty boats in one winter"


def test_tags_say_which_thing_not_of_what_kind() -> None:
    text = (
        "A simple example is the battery. There is a bunch of reasons why the fastest battery "
        "costs a couple of cents, and the battery has a small charger."
    )
    tags = set(hashtags(text))
    assert "#battery" in tags
    assert "#charger" in tags
    assert not tags & {"#simple", "#example", "#bunch", "#reasons", "#fastest", "#couple", "#small"}


def test_tags_are_names_and_things() -> None:
    text = (
        "He had owned the bakery on Mill Street for forty years. The bakery made bread. I love "
        "the bread and the bakery, and we really always wanted something."
    )
    tags = hashtags(text)
    assert {"#bakery", "#bread", "#MillStreet"} <= set(tags)
    assert not {t[1:].lower() for t in tags} & stop_words("en")


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
    found = {v.kind: v.title for v in title_variants(SAID)}
    assert set(found) == {"claim", "question", "number"}
    assert found["question"].endswith("?")
    assert any(c.isdigit() for c in found["number"]) or "two" in found["number"]
    assert not found["claim"].endswith("?")
    assert all(len(t) <= 60 and t.rstrip("?")[1:] in SAID for t in found.values())
    assert clip_title(SAID) in found.values()


def test_a_kind_that_the_words_do_not_have_is_left_out() -> None:
    kinds = {v.kind for v in title_variants("A bakery should always be a few loaves short.")}
    assert kinds == {"claim"}
    assert title_variants("") == ()


@pytest.mark.parametrize("language", ["de", "es", "ja", "ru", "zh"])
def test_there_are_titles_in_every_language(language: str) -> None:
    script = scripts.read(scripts.FOLDER / "test" / language / "founder-1.txt")
    for moment in script.moments:
        said = script.talk.sentences[moment.first : moment.last + 1]
        variants = title_variants(" ".join(s.text for s in said), language)
        assert variants
        assert all(0 < len(v.title) <= 60 for v in variants)


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
    found = things(said, "en")
    assert found["MillStreet"] > found["Saoirse"] > 0
    assert "MillStreet" not in things(said, "de")


def test_a_noun_of_one_clip_is_no_topic_of_the_talk() -> None:
    text = "I put the plug on the shelf, and the hive was full of bees. A hive hums."
    talk = Counter({"plug": 1, "shelf": 1, "hive": 9, "bee": 12, "honey": 80, "wax": 400})
    tags = hashtags(text, talk=talk, fields=("#bees",))
    assert tags[0] == "#bees"
    assert "#hive" in tags
    assert not set(tags) & {"#plug", "#shelf"}
