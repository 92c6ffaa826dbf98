"""A passage is told whole: with its question, from a sentence that opens it to one that ends it."""

from collections.abc import Sequence

import pytest
import talks
from given_readings import given
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st
from whole_moments import highlight

from pipeline.analysis.reading import Read
from pipeline.core.data import Highlight
from pipeline.texts.outline import Outline, outline
from pipeline.texts.passages import Passage

FLOUR = "The flour of a bakery comes from a mill that nobody has painted in fifty years."
OVEN = "An oven of stone keeps its warmth through the night, and the first loaves know it."
NIGHT = "Whoever bakes at night sees the street before anybody else has touched it."
ASKED = "How did you learn to bake in an oven of stone?"
Said = Sequence[tuple[str, str | None]]


def plan(said: Said, read: Read, highlights: Sequence[Highlight] = ()) -> Outline:
    transcript = talks.transcript(said)
    return outline(transcript, highlights, read(transcript.sentences))


def best(said: Said, read: Read, highlights: Sequence[Highlight] = ()) -> Passage:
    return plan(said, read, highlights).moments[0]


def told(passage: Passage) -> list[int]:
    return [n.index for n in passage.everything]


def alone(count: int) -> list[tuple[str, str | None]]:
    """Sentences of one speaker, no two the same."""
    return [
        (f"{(FLOUR, OVEN, NIGHT)[n % 3][:-1]}, as in year {n + 10}.", None) for n in range(count)
    ]


def test_a_passage_begins_where_a_moment_begins_and_ends_where_it_ends() -> None:
    read = given(begin={4: 3.0}, end={9: 3.0})
    assert told(best(alone(20), read)) == [4, 5, 6, 7, 8, 9]


def test_what_a_clip_shows_is_told() -> None:
    assert told(best(alone(30), given(), [highlight(12, 18, 1.0)])) == list(range(12, 19))


def test_a_sentence_that_cannot_open_a_text_opens_none() -> None:
    read = given(begin={4: 3.0}, end={9: 3.0}, opens={4: 0.2})
    assert told(best(alone(20), read))[0] != 4


@pytest.mark.parametrize("role", ["small_talk", "promotion", "torn"])
def test_what_cannot_be_printed_is_in_no_passage(role: str) -> None:
    found = plan(alone(24), given(**{role: {10: 0.9}}))
    passages = [*found.moments, *found.sections]
    assert passages
    assert all(10 not in told(p) and not told(p)[0] < 10 < told(p)[-1] for p in passages)


def test_an_answer_comes_with_its_question_or_not_at_all() -> None:
    said = [(ASKED, "Ben"), *((text, "Ada") for text, _ in alone(9)), (ASKED, "Ben")]
    low = dict.fromkeys(range(1, 9), 0.1)  # leans on the question
    found = plan(said, given(opens=low, begin={1: 2.0}))
    assert all(told(p)[0] == 0 for p in found.moments)
    unreadable = plan(said, given(opens=low, torn={0: 0.9}))
    assert all(told(p)[0] == 9 for p in unreadable.moments)


def test_a_long_turn_before_an_answer_is_reduced_to_what_its_question_needs() -> None:
    turn = [(OVEN, "Ben"), (NIGHT, "Ben"), ("So how did you learn that?", "Ben")]
    said = [*turn, *((text, "Ada") for text, _ in alone(8))]
    leans = given(begin={3: 3.0}, alone={2: 0.1})
    assert told(best(said, leans))[:3] == [1, 2, 3]
    stands = given(begin={3: 3.0})
    assert told(best(said, stands))[:2] == [2, 3]


def test_listeners_reactions_are_left_out_and_their_questions_stay() -> None:
    said = [*((text, "Ada") for text, _ in alone(12))]
    said[4] = ("Oh, wow.", "Ben")
    said[6] = ("And who paid for all of that?", "Ben")
    found = told(best(said, given(begin={2: 4.0}, end={9: 4.0}), [highlight(2, 9, 1.0)]))
    assert found == [2, 3, 5, 6, 7, 8, 9]


def test_a_listeners_turn_is_told_whole_or_not_at_all() -> None:
    said = [*((text, "Ada") for text, _ in alone(12))]
    said[4] = ("Kids believe in monsters.", "Ben")
    said[5] = ("They have no experience of the world, as we have it after decades.", "Ben")
    found = told(best(said, given(begin={2: 4.0}, end={9: 4.0}), [highlight(2, 9, 1.0)]))
    assert found == [2, 3, 4, 5, 6, 7, 8, 9]


def test_a_talk_without_a_whole_sentence_has_no_passage() -> None:
    torn = given(torn=dict.fromkeys(range(20), 0.9))
    found = plan(alone(20), torn)
    assert not found.moments
    assert not found.sections


FIELDS = ("alone", "opens", "small_talk", "promotion", "torn", "worth", "begin", "end", "inside")
VALUES = st.dictionaries(st.integers(0, 30), st.floats(0.0, 1.0), max_size=8)
TURNS = st.lists(
    st.tuples(
        st.sampled_from((FLOUR, OVEN, NIGHT, ASKED, "Right.", "Hm?")),
        st.sampled_from(("Ada", "Ben", None)),
    ),
    min_size=1,
    max_size=30,
)


@settings(max_examples=150, deadline=None)
@drawn(said=TURNS, changed=st.dictionaries(st.sampled_from(FIELDS), VALUES))
def test_passages_are_whole_whatever_is_read(
    said: list[tuple[str, str | None]], changed: dict[str, dict[int, float]]
) -> None:
    found = plan(said, given(**changed))
    printable = {n.index for n in found.lines if n.printable}
    for passages, most in ((found.moments, 1800), (found.sections, 3600)):
        seen: set[int] = set()
        for passage in passages:
            indices = told(passage)
            assert indices == sorted(set(indices))
            assert printable.issuperset(n.index for n in passage.lines if n.size > 70)
            assert printable.issuperset(n.index for n in passage.question)
            assert seen.isdisjoint(indices)
            seen.update(indices)
            assert sum(n.size for n in passage.lines) <= most
            first, last = passage.lines[0], passage.lines[-1]
            assert passage.question or first.opens >= 0.3
            assert not last.question
            assert first.speaker == last.speaker
            assert all(n.speaker != first.speaker for n in passage.question)
