"""A word's probability is one, rises with the decoder's certainty, and is true on average."""

import json
import math

import jiwer
import numpy as np
import pytest
from degraded import noisy
from heard_twice import LOUD_DB, SECONDS, hear_and_compare
from hypothesis import given
from hypothesis import strategies as st
from real_models import SAMPLE_TRUTH, hear, models, part
from spoken_words import normal

from pipeline.recognition import confidence

pytestmark = pytest.mark.xdist_group("recognition")

ODDS = st.lists(st.floats(-20.0, 0.0), min_size=1, max_size=6)


@given(st.lists(ODDS, max_size=8), st.floats(-3.0, 0.0))
def test_it_is_a_probability(words: list[list[float]], window: float) -> None:
    weights = models().whisper.confidence
    assert weights is not None
    assert len(weights) == len(confidence.FEATURES)
    found = confidence.probabilities(words, window, weights)
    assert len(found) == len(words)
    assert all(0.0 <= p <= 1.0 for p in found)


def test_a_word_in_doubt_is_less_likely_than_a_sure_one() -> None:
    sure, doubtful, _ = confidence.probabilities(
        [[-0.01], [-1.6, -0.9], [-0.01]], -0.3, models().whisper.confidence
    )
    assert sure > doubtful + 0.2


def test_without_weights_it_is_the_mean_of_the_tokens() -> None:
    (found,) = confidence.probabilities([[math.log(0.5), math.log(0.125)]], -1.0, None)
    assert found == pytest.approx(0.25)


@pytest.mark.slow  # hears a talk
@pytest.mark.parametrize(
    ("snr_db", "seconds"),
    [
        (30.0, SECONDS),
        (LOUD_DB, SECONDS),  # as test_second_hearing has it
        (30.0, 60.0),
        (0.0, 60.0),
    ],
)
def test_words_are_as_often_right_as_they_say(snr_db: float, seconds: float) -> None:
    noise = noisy(snr_db)(part(0, seconds))
    words = list(hear_and_compare(noise)[0] if seconds == SECONDS else hear(noise).words)
    sentences = json.loads(SAMPLE_TRUTH.read_text())["sentences"]
    end_s = max(s["end_s"] for s in sentences if s["end_s"] < seconds)
    said = normal(" ".join(s["text"] for s in sentences if s["end_s"] <= end_s))
    words = [word for word in words if word.start_s < end_s]
    found = jiwer.process_words(said, normal(" ".join(w.text for w in words)))
    right = found.hits / (found.hits + found.substitutions + found.insertions)
    assert np.mean([w.probability for w in words]) == pytest.approx(right, abs=0.1)
