"""What an article says of a discussion: answers after their questions, terms as headings."""

import itertools

import pytest
import talks

from pipeline.texts.collocations import repeated_term
from pipeline.texts.content_selection import paragraphs
from pipeline.texts.exchanges import Exchanges
from pipeline.texts.insight import is_whole, links, names_subject, points, subjects
from pipeline.texts.line import Line
from pipeline.texts.outline import outline

FILLING = "The {} of a workshop needs a long bench, good tools and plenty of patience."


def lines(*said: tuple[str, str]) -> tuple[Line, ...]:
    """Return the lines of what is said: speakers and texts."""
    return outline(talks.transcript([(text, who) for who, text in said]), [], None).lines


def discussion() -> tuple[Line, ...]:
    """Return a talk of three people who tell equally, in which Ben asks once."""
    told = [(who, FILLING.format(n)) for n in ("floor", "roof") for who in ("Ada", "Ben", "Cleo")]
    asked = [
        ("Ben", "Wood is heavy, and a workshop has a lot of it to carry around."),
        ("Ben", "How do you carry the long planks into the workshop?"),
        ("Cleo", "Two people carry the planks on their shoulders, one after the other."),
        ("Cleo", "Nobody carries planks alone, because the stairs are steep."),
    ]
    return lines(*told, *asked)


def test_an_answer_in_a_discussion_brings_its_question() -> None:
    talk = discussion()
    exchanges = Exchanges(talk)
    question, answer = talk[-3], talk[-2]
    assert exchanges.answers(answer)
    assert exchanges.with_question([answer]) == (question, answer)
    assert not exchanges.found  # it is no interview


def test_what_is_said_before_a_question_of_the_same_turn_is_told() -> None:
    talk = discussion()
    assert not Exchanges(talk).asks(talk[-4])
    assert Exchanges(talk).asks(talk[-3])


def test_a_part_is_headed_by_the_term_that_it_repeats() -> None:
    talk = lines(
        ("Ada", "People share their coins in payment pools when fees are high."),
        ("Ada", "A payment pool is updated by everybody who takes part in it."),
        ("Ada", "The kettle stands on the table beside the old window."),
    )
    assert repeated_term(talk, talk, "en") == "Payment pools"
    assert repeated_term(talk[2:], talk, "en") == ""


@pytest.mark.parametrize("text", ["In fact, nobody came.", "Specifically the roof leaks."])
def test_a_sentence_that_goes_on_from_another_is_not_whole(text: str) -> None:
    assert links(text, "en")
    assert not is_whole(text, "en")


@pytest.mark.parametrize(
    "text",
    ["Because of the problem of.", "You want to say look,.", "Rather than any time you need wood."],
)
def test_a_torn_sentence_is_not_whole(text: str) -> None:
    assert not is_whole(text, "en")


def test_a_sentence_that_says_something_is_whole() -> None:
    for text in ("You can undo nothing that you glue.", "Old wood, like old people, is stubborn."):
        assert is_whole(text, "en")
        assert not points(text, "en")


def test_the_subjects_of_a_talk_are_what_most_of_its_lines_name() -> None:
    about = ["lamp", "lens", "tower", "keeper", "island", "storm", "radio", "harbor"]
    talk = lines(*(("Ada", f"Every {a} has a {b} number {n}.") for n in range(15)
                   for a, b in itertools.pairwise(about)))  # fmt: skip
    found = subjects(talk, "en")
    assert found <= {*about}
    assert len(found) >= 6
    assert names_subject("The lens of the lamp is clean.", found, "en", least=2)
    assert not names_subject("The kettle is clean.", found, "en")
    assert names_subject("The kettle is clean.", frozenset(), "en")  # a short talk has none


def test_paragraphs_are_even() -> None:
    talk = lines(*(("Ada", FILLING.format(n)) for n in ("one", "roof", "wall", "door", "yard")))
    assert [len(p) for p in paragraphs(talk, 4)] in ([2, 3], [3, 2])
