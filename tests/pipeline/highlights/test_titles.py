"""Titles of three kinds and hashtags that people search for, from what is said."""

from collections import Counter

import pytest
from real_models import embed_any, text_models

from pipeline.core.control import Control
from pipeline.core.data import Options
from pipeline.highlights import fields, selection
from pipeline.highlights.hashtags import hashtags, things
from pipeline.highlights.titles import clip_title, title_variants
from training import scripts

SAID = (
    "How do you save someone who's panicking in the water? You don't touch him. If you touch him, "
    "then there are two of you. In twenty years I pulled out 312 people with one question. What's "
    "your dog's name? A drowning man can't do anything about the drowning."
)


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
