"""A token begins where its attention peaks, and the peaks of a window are in order."""

import itertools

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.recognition import token_alignment


def best_by_trying(scores: np.ndarray) -> float:
    """The most that states in order can sum to, all sequences tried."""
    tokens, states = scores.shape
    paths = itertools.combinations_with_replacement(range(states), tokens)
    return max(float(sum(scores[i, s] for i, s in enumerate(path))) for path in paths)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.integers(1, 5), st.integers(1, 7)), min_size=1, max_size=4),
    st.integers(0, 2**31),
)
def test_no_other_order_of_states_is_likelier(shapes: list[tuple[int, int]], seed: int) -> None:
    random = np.random.default_rng(seed)
    scores = [random.normal(size=shape).astype(np.float32) for shape in shapes]
    for score, path in zip(scores, token_alignment.find_paths(scores), strict=True):
        assert len(path) == len(score)
        assert set(path.tolist()) <= set(range(score.shape[1]))
        assert (np.diff(path) >= 0).all()
        found = score[np.arange(len(path)), path].sum()
        assert np.isclose(found, best_by_trying(score), atol=1e-4)


def test_tokens_begin_just_before_their_peaks() -> None:
    peaks = [10, 30, 31, 55, 90]
    attention = torch.full((len(peaks), 2, 1500), 1e-5)
    for token, peak in enumerate(peaks):
        attention[token, :, peak] = 1.0
    (onsets,) = token_alignment.token_states([attention], [100])
    assert np.allclose(onsets, np.array(peaks) - token_alignment.PEAK_DELAY, atol=0.05)


def test_a_peak_out_of_order_does_not_lead_the_others_astray() -> None:
    attention = torch.full((5, 2, 1500), 1e-5)
    for token in range(5):
        attention[token, :, 20 * token + 10] = 1.0
    attention[2, :, 50], attention[2, :, 3] = 0.4, 0.6  # looks back, as heads do now and then
    (onsets,) = token_alignment.token_states([attention], [100])
    assert np.allclose(onsets, np.arange(5) * 20 + 10 - token_alignment.PEAK_DELAY, atol=0.05)


def test_attention_to_the_padding_counts_for_nothing() -> None:
    attention = torch.full((2, 1, 1500), 1e-5)
    attention[0, 0, 5], attention[1, 0, 20], attention[1, 0, 900] = 1.0, 0.1, 0.9
    (onsets,) = token_alignment.token_states([attention], [40])
    assert np.allclose(onsets, np.array([5, 20]) - token_alignment.PEAK_DELAY, atol=0.05)


def test_nothing_to_align_is_nothing() -> None:
    assert token_alignment.token_states([], []) == []
