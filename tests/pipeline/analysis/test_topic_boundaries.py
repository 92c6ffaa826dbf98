"""Borders: a new subject, a new question and another speaker are seen."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from real_models import text_models
from transcripts import letter_models, letters, transcript

from pipeline.analysis import topic_boundaries
from pipeline.core.data import Sentence
from pipeline.highlights import sentence_features

BREAD = (
    "The dough wants a night in the cold.",
    "Flour from the mill smells of summer.",
    "You knead until it springs back.",
    "Then the oven must be as hot as it gets.",
    "The crust sings when it cools.",
    "A loaf like that keeps for a week.",
)
TRAINS = (
    "The first locomotive crossed the bridge in winter.",
    "Tracks were laid by hand up to the pass.",
    "The signalman lived beside the rails.",
    "Steam engines drank a river a day.",
    "The station closed when the motorway came.",
    "Today a museum railway runs on Sundays.",
)


def talk(
    texts: Sequence[str], speakers: Sequence[str | None] | None = None
) -> tuple[Sentence, ...]:
    rows = [(text, i * 4.0, i * 4.0 + 3.9) for i, text in enumerate(texts)]
    return transcript(rows, speakers=speakers).sentences


FEW = pytest.mark.xfail(strict=True, reason="the second border is seen two sentences late")


@pytest.mark.parametrize("times", [pytest.param(1, marks=FEW), 3])
def test_a_new_subject_is_the_clearest_border(times: int) -> None:
    bread, trains = BREAD * times, TRAINS * times
    said = talk([*bread, *trains, *bread])
    known = sentence_features.features(said, text_models, None)
    inner = known.border[1:-1]
    assert set(np.argsort(-inner)[:2] + 1) == {len(bread), len(bread) + len(trains)}
    assert set(sentence_features.clear_borders(known)) <= {len(bread), len(bread) + len(trains)}


def test_who_moves_on_is_heard() -> None:
    """A host's question begins something; the same words in mid turn less."""
    texts = ["It went on like that for years and years, and then some more."] * 12
    texts[6] = "So let's talk about the winter, how was that?"
    mixed = ["guest"] * 6 + ["host"] + ["guest"] * 5
    vectors = letters(texts).astype(np.float64)
    host = topic_boundaries.strength(talk(texts, mixed), vectors)
    alone = topic_boundaries.strength(talk(texts, ["guest"] * 12), vectors)
    assert host.argmax() == 6
    assert host[6] > alone[6] - 0.5
    assert alone.argmax() == 6


def test_clear_borders_stand_apart() -> None:
    said = talk([*BREAD, *TRAINS] * 4)
    known = sentence_features.features(said, text_models, None)
    clear = sentence_features.clear_borders(known)
    assert clear
    assert 0 not in clear
    assert all(b - a > sentence_features.CLEAR_BORDER_RADIUS for a, b in pairwise(clear))


def test_a_talk_of_nothing_and_of_one_sentence() -> None:
    assert topic_boundaries.strength([], np.zeros((0, 384))).shape == (0,)
    one = talk(["Yes."])
    assert topic_boundaries.strength(one, letters(["Yes."]).astype(np.float64)).tolist() == [0.0]
    assert (
        sentence_features.clear_borders(sentence_features.features(one, letter_models, None)) == []
    )


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.text(max_size=30), st.sampled_from([None, "a", "b"])), min_size=1, max_size=40
    )
)
def test_any_talk_has_a_finite_strength(drawn: list[tuple[str, str | None]]) -> None:
    texts, who = [t for t, _ in drawn], [w for _, w in drawn]
    found = topic_boundaries.strength(talk(texts, who), letters(texts).astype(np.float64))
    assert found.shape == (len(texts),)
    assert np.isfinite(found).all()
