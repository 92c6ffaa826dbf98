"""The measure of who speaks when: what is missed, invented or confused, over what is said."""

from importlib.util import find_spec

import pytest

from bench.support.diarization import Turn, find_errors, words_right

scored = pytest.mark.skipif(
    find_spec("simpleder") is None, reason="the scorer is not installed: make install-dev"
)
TRUTH = [(0.0, 10.0, "ann"), (10.0, 20.0, "bob")]


def error_rate(truth: list[Turn], found: list[Turn], *, collar_s: float = 0.0) -> float:
    return find_errors(truth, found, collar_s=collar_s).rate


@scored
def test_the_names_do_not_matter() -> None:
    assert error_rate(TRUTH, [(0.0, 10.0, "2"), (10.0, 20.0, "1")]) == 0.0


@scored
@pytest.mark.parametrize(
    ("found", "rate"),
    [
        ([(0.0, 20.0, "x")], 0.5),  # half is confused
        ([(0.0, 10.0, "x")], 0.5),  # half is missed
        ([(0.0, 10.0, "x"), (10.0, 25.0, "y")], 0.25),  # five seconds are invented
        ([(0.0, 10.0, "x"), (10.0, 15.0, "y"), (15.0, 20.0, "z")], 0.25),
        ([(0.0, 10.0, "x"), (8.0, 20.0, "y")], 0.1),  # two seconds of a second voice
    ],
)
def test_errors_are_counted_in_seconds(found: list[tuple[float, float, str]], rate: float) -> None:
    assert error_rate(TRUTH, found) == pytest.approx(rate, abs=1e-3)


@scored
def test_the_parts_of_the_error_are_told_apart() -> None:
    errors = find_errors(TRUTH, [(0.0, 8.0, "x"), (9.0, 18.0, "y"), (18.0, 23.0, "x")])
    assert (errors.spoken_s, errors.missed_s, errors.false_alarm_s) == pytest.approx((20, 1, 3))
    assert errors.confused_s == pytest.approx(3)  # y before 10 s, x after 18 s


@scored
def test_both_of_an_overlap_are_wanted() -> None:
    truth = [(0.0, 10.0, "ann"), (5.0, 10.0, "bob")]
    assert error_rate(truth, [(0.0, 10.0, "x")]) == pytest.approx(5 / 15, abs=1e-3)


@scored
def test_a_collar_forgives_what_is_near_a_border() -> None:
    found = [(0.2, 10.2, "x"), (10.2, 19.8, "y")]
    assert error_rate(TRUTH, found) > 0.02
    assert error_rate(TRUTH, found, collar_s=0.25) == 0.0


def test_words_are_right_by_the_best_mapping() -> None:
    assert words_right(["a", "a", "b", None], ["2", "2", "1", "3"]) == 1.0
    assert words_right(["a", "a", "b", "b"], ["1", "1", "1", "1"]) == 0.5
    assert words_right(["a", "a", "b", "c"], [None, None, None, None]) == 0.5
    with pytest.raises(ValueError, match="speaker"):
        words_right([None], ["1"])
