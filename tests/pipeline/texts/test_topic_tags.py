"""Hashtags name what a talk is about: fields, names and terms of several words, each said twice."""

import pytest

from pipeline.highlights import fields
from pipeline.texts.topic_tags import topic_tags

LENS = (
    "We repair the lens at Skerrin Head every winter.",
    "Nobody lives at Skerrin Head now, but my wife does the plug.",
    "The magnifying glass is dangerous.",
    "Light comes in, and the magnifying glass is heavy.",
)


def test_names_and_terms_of_several_words_that_are_said_twice() -> None:
    assert topic_tags(LENS, "en", 3) == ("#SkerrinHead", "#MagnifyingGlass")


def test_a_term_of_one_place_is_a_detail() -> None:
    said = ["We found a biscuit tin.", "It was in the biscuit tin."]
    others = ["We repair lamps.", "They are old.", "I like them."] * 3
    assert topic_tags([*said, *others], "en", 3) == ()
    assert topic_tags([said[0], *others, said[1]], "en", 3) == ("#BiscuitTin",)


def test_single_words_and_what_is_said_once_are_no_tags() -> None:
    assert topic_tags(LENS[:1], "en", 3) == ()
    assert topic_tags(["The plug and my wife.", "My wife and the plug."], "en", 3) == ()


def test_a_term_is_not_torn_out_of_a_longer_one() -> None:
    twice = ["I saw the old magnifying glass lamp."] * 2
    assert topic_tags(twice, "en", 3) == ()  # four words: longer than a tag


def test_fields_come_first_and_there_are_at_most_as_many_as_asked_for() -> None:
    field = sorted(fields.tags("en"))[0]
    assert topic_tags(LENS, "en", 2, known=["#plug", field]) == (field, "#SkerrinHead")


def test_who_speaks_is_no_topic() -> None:
    said = ["So, Clara Winter, what did you do?", "Well, Clara Winter, thanks."]
    assert topic_tags(said, "en", 3) == ("#ClaraWinter",)
    assert topic_tags(said, "en", 3, speakers=["Clara Winter"]) == ()


def test_german_nouns_are_no_names() -> None:
    said = ["Ich habe dann die Kette und das Rad Willi gegeben."] * 2
    assert topic_tags(said, "de", 3) == ()


@pytest.mark.parametrize("language", ["ja", "zh", "ar", "ru"])
def test_other_scripts_do_not_fail(language: str) -> None:
    assert topic_tags(["", "…", "дом 家 بيت 5"], language, 3) == ()
