"""What is spoken again is kept; what the decoder alone repeats is cut."""

from collections.abc import Sequence

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pipeline.recognition import repetitions
from pipeline.recognition.repetitions import Repetition


def attending(places: Sequence[int]) -> torch.Tensor:
    """Attention (tokens, 2, 1500) of tokens that look at these states."""
    weights = torch.full((len(places), 2, 1500), 1e-4)
    for row, place in enumerate(places):
        weights[row, :, place] = 1.0
    return weights


@pytest.mark.parametrize(
    ("tokens", "found"),
    [
        ([1, 2, 3, 9, 9, 9, 9, 9, 9, 9, 9], Repetition(3, 1, 8)),
        ([5, *[1, 2, 3] * 4], Repetition(1, 3, 4)),
        ([1, 2, 3, 4, 5, 6, 7, 8, 1, 2], None),
        ([7, *range(100, 128), *range(100, 128)], None),  # twice is no loop yet
        ([7, *[*range(100, 128)] * 3], Repetition(1, 28, 3)),
        ([*[1, 2, 3] * 4, 7], None),  # it has ended
        ([], None),
    ],
)
def test_a_text_that_ends_in_repetitions_is_found(
    tokens: list[int], found: Repetition | None
) -> None:
    assert repetitions.tail_repetition(tokens) == found


def test_only_repetitions_that_sound_later_are_spoken() -> None:
    loop = Repetition(0, 2, 5)
    each_later = [10, 20, 60, 70, 110, 120, 160, 170, 210, 220]
    assert repetitions.spoken_count(loop, attending(each_later)) == 5
    assert repetitions.spoken_count(loop, attending([10, 20] * 5)) == 1
    assert repetitions.spoken_count(loop, attending([*each_later[:6], 111, 121, 112, 122])) == 3


def test_what_is_spoken_again_is_left_out_where_repetition_is_judged() -> None:
    tokens = [7, 1, 2, 1, 2, 1, 2, 8]
    spoken = attending([0, 50, 60, 100, 110, 150, 160, 200])
    looped = attending([0, 50, 60, 50, 60, 50, 60, 200])
    assert repetitions.without_spoken_repetitions(tokens, spoken) == [7, 1, 2, 8]
    assert repetitions.without_spoken_repetitions(tokens, looped) == tokens


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 1499)), max_size=60))
def test_nothing_but_repetitions_is_left_out(pairs: list[tuple[int, int]]) -> None:
    tokens = [token for token, _ in pairs]
    left = repetitions.without_spoken_repetitions(tokens, attending([at for _, at in pairs]))
    assert set(left) == set(tokens)
    assert len(left) <= len(tokens)
    rest = iter(tokens)
    assert all(token in rest for token in left), "the order has changed"
