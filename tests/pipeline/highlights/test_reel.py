"""A highlight reel joins moments, or their strongest sentences, in the order of the talk."""

from dataclasses import replace

import pytest
from transcripts import letter_models, transcript
from whole_moments import highlight

from pipeline.core.control import Control
from pipeline.core.data import Highlight, Options, Transcript
from pipeline.core.errors import TooLong
from pipeline.highlights import reel

SECONDS = 3.0
TEXTS = [f"On day {i} we went on with the work in the same old house." for i in range(60)]


def talk(seconds: float = SECONDS) -> Transcript:
    rows = [(t, i * seconds, (i + 1) * seconds - 0.4) for i, t in enumerate(TEXTS)]
    return transcript(rows)


def joined(moments: list[Highlight], max_s: float, said: Transcript | None = None) -> Highlight:
    """The reel."""
    options = Options(max_duration_s=max_s)
    return reel.join(said or talk(), moments, letter_models, options, Control())


def kept_s(made: Highlight) -> float:
    return made.end_s - made.start_s - sum(gap.duration_s for gap in made.left_out)


MOMENTS = [highlight(40, 45, 0.9), highlight(2, 6, 0.5), highlight(20, 24, 0.7)]


def test_moments_that_fit_are_whole_and_in_order() -> None:
    made = joined(MOMENTS, 60.0)
    assert (made.first_sentence, made.last_sentence) == (2, 45)
    assert [(round(g.start_s), round(g.end_s)) for g in made.left_out] == [(21, 60), (75, 120)]
    assert kept_s(made) <= 60.0
    assert made.reason == "Joins 3 moments of the talk, at 0:05, 0:59 and 1:59."
    assert 0.5 < made.score < 0.9
    assert made.title


@pytest.mark.parametrize("max_s", [12.0, 20.0, 33.0, 45.0])
def test_what_does_not_fit_is_shortened_to_whole_sentences(max_s: float) -> None:
    made = joined(MOMENTS, max_s)
    assert 0.5 * max_s < kept_s(made) <= max_s
    starts = [made.start_s, *(gap.end_s for gap in made.left_out)]
    said = talk().sentences
    for start_s in starts:
        assert min(abs(s.start_s - start_s) for s in said) <= 0.21  # in the pause before one
    if max_s > 12:
        assert made.left_out, "several moments, not one"


def test_one_moment_is_a_reel_too() -> None:
    made = joined([highlight(2, 20, 0.5)], 30.0)
    assert made.left_out == ()
    assert kept_s(made) <= 30.0
    assert made.reason.startswith("Joins one moment of the talk, at ")


def test_neighbors_are_one_piece() -> None:
    made = joined([highlight(2, 4, 0.5), highlight(5, 8, 0.5)], 30.0)
    assert all(gap.duration_s < 0.5 for gap in made.left_out)


def test_sentences_that_are_all_too_long_are_told() -> None:
    long = [replace(m, start_s=m.start_s * 10, end_s=m.end_s * 10) for m in MOMENTS]
    with pytest.raises(TooLong, match="fits into 10 s"):
        joined(long, 10.0, talk(30.0))
