"""What sentences are worth: bounded whatever the talk is like, and higher where an editor looks."""

import json
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from real_models import SAMPLE_TRUTH, embed
from transcripts import letter_models

from pipeline.analysis import laughter, lexical_features, salience
from pipeline.core.data import Sentence
from pipeline.highlights import sentence_features

WIDTH = 384
TEXTS = st.sampled_from(
    [
        "Yeah.",
        "",
        "?",
        "So I told him that nobody would ever believe it, and he laughed!",
        "パンを焼きます。",
        "Um, you know, like, um.",
        "1 2 3",
        "a" * 500,
        "Thanks for having me.",
    ]
)
SENTENCES = st.lists(
    st.tuples(TEXTS, st.floats(0, 500), st.floats(0, 40), st.sampled_from([None, "A", "B"])),
    min_size=1,
    max_size=40,
)


def told(drawn: list[tuple[str, float, float, str | None]]) -> tuple[Sentence, ...]:
    """Sentences whose times overlap, stand still and go back, as they were drawn."""
    return tuple(
        Sentence(text=text, start_s=at, end_s=at + s, first_word=i, last_word=i, speaker=who)
        for i, (text, at, s, who) in enumerate(drawn)
    )


def embedded(count: int) -> npt.NDArray[np.float64]:
    found = np.random.default_rng(count).standard_normal((count, WIDTH))
    unit: npt.NDArray[np.float64] = found / np.linalg.norm(found, axis=1, keepdims=True)
    return unit


HEAD = salience.stored().english


@pytest.fixture(scope="module")
def sample() -> tuple[tuple[Sentence, ...], npt.NDArray[np.float64]]:
    truth = json.loads(SAMPLE_TRUTH.read_text())["sentences"]
    sentences = tuple(
        Sentence(text=s["text"], start_s=s["start_s"], end_s=s["end_s"], first_word=i, last_word=i)
        for i, s in enumerate(truth)
    )
    return sentences, embed([s.text for s in sentences]).astype(np.float64)


@settings(max_examples=60, deadline=None)
@given(SENTENCES)
def test_any_talk_has_bounded_scores_and_the_same_ones_again(
    drawn: list[tuple[str, float, float, str | None]],
) -> None:
    sentences, vectors = told(drawn), embedded(len(drawn))
    own = salience.score_sentences(sentences, vectors, HEAD)
    assert own.shape == (len(drawn),)
    assert np.all(np.abs(own) <= salience.MAX_SPREADS)
    assert np.array_equal(own, salience.score_sentences(sentences, vectors, HEAD))
    smooth = salience.smooth(sentences, own)
    assert own.min() - 1e-9 <= smooth.min() <= smooth.max() <= own.max() + 1e-9
    odds = laughter.laugh_chances(sentences, vectors.astype(np.float32))
    assert odds.shape == (len(drawn),)
    assert np.all((odds >= 0) & (odds <= 1))


def test_moments_tell_more_than_the_rest(
    sample: tuple[tuple[Sentence, ...], npt.NDArray[np.float64]],
) -> None:
    sentences, vectors = sample
    moments = json.loads(SAMPLE_TRUTH.read_text())["moments"]
    inside = np.array(
        [any(m["start_s"] <= s.start_s < m["end_s"] for m in moments) for s in sentences]
    )
    own = salience.smooth(sentences, salience.score_sentences(sentences, vectors, HEAD))
    assert own[inside].mean() > own[~inside].mean() + 0.3


def test_who_speaks_matters_and_their_names_do_not(
    sample: tuple[tuple[Sentence, ...], npt.NDArray[np.float64]],
) -> None:
    sentences, vectors = sample
    half = len(sentences) // 3
    named = [replace(s, speaker="Ada" if i < half else "Bo") for i, s in enumerate(sentences)]
    renamed = [replace(s, speaker="x" if i < half else "y") for i, s in enumerate(sentences)]
    first, second = (salience.score_sentences(talk, vectors, HEAD) for talk in (named, renamed))
    assert np.array_equal(first, second)
    without = salience.score_sentences(sentences, vectors, HEAD)
    assert (first - without)[half:].mean() > (first - without)[:half].mean()  # Bo talks most


def test_another_text_encoder_costs_its_directions_alone(
    sample: tuple[tuple[Sentence, ...], npt.NDArray[np.float64]],
) -> None:
    sentences, vectors = sample
    own = salience.score_sentences(sentences, vectors[:, :100], HEAD)
    assert own.std() > 0


def test_sentences_are_ranked_for_who_looks_at_them_alone(
    sample: tuple[tuple[Sentence, ...], npt.NDArray[np.float64]],
) -> None:
    sentences, vectors = sample
    readers = replace(letter_models, embed=lambda _: vectors.astype(np.float32))
    known = sentence_features.features(sentences, readers, None, "en")
    ranked = sentence_features.by_sentence(known)
    assert np.all((ranked > 0) & (ranked < 1))
    assert np.array_equal(np.argsort(ranked), np.argsort(known.learned_smooth))


def test_no_sentence_is_no_score() -> None:
    assert salience.score_sentences((), np.zeros((0, WIDTH)), HEAD).shape == (0,)
    assert laughter.laugh_chances((), np.zeros((0, WIDTH), np.float32)).shape == (0,)


def test_wording_counts_what_it_names() -> None:
    rows = lexical_features.features(["And I never told anyone!", "Is it the best?"])
    read = [dict(zip(lexical_features.NAMES, row, strict=True)) for row in rows]
    assert read[0]["joined"] == read[0]["exclamation"] == 1.0
    assert read[0]["negation"] > 0
    assert read[0]["speech"] > 0
    assert read[1]["question"] == 1.0
    assert read[1]["superlative"] > 0
    assert read[1]["joined"] == 0.0
