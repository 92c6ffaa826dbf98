"""Parts that people replay on the page of a source rise, a little, and the reason says so."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from real_models import SAMPLE_TRUTH, text_models
from transcripts import told

from klipfast_server.net.page_facts import MAX_PARTS, page_replays
from pipeline.core.control import Control
from pipeline.core.data import Highlight, Options, Replayed
from pipeline.highlights import replays, selection

TOLD = "most replayed"
PARTS = 100


def curve(talk_s: float, peak: tuple[float, float] | None = None) -> tuple[Replayed, ...]:
    """Return a curve like YouTube's: high where all begin, level, and high within `peak`."""
    step = talk_s / PARTS
    parts = []
    for n in range(PARTS):
        middle = (n + 0.5) * step
        value = 1.0 if n == 0 else 0.2 + 0.001 * (n % 7)
        if peak and peak[0] <= middle <= peak[1]:
            value = 0.9
        parts.append(Replayed(start_s=n * step, end_s=(n + 1) * step, value=value))
    return tuple(parts)


def picks(replayed: tuple[Replayed, ...] = ()) -> tuple[Highlight, ...]:
    talk = told(SAMPLE_TRUTH.read_text())
    options = Options(clip_count=3, replayed=replayed)
    return selection.choose(talk, None, text_models, options, Control())


def test_a_replayed_moment_rises_with_the_same_score_and_its_reason_says_so() -> None:
    plain = picks()
    last = plain[-1]
    talk_s = told(SAMPLE_TRUTH.read_text()).duration_s
    found = picks(curve(talk_s, (last.start_s, last.end_s)))
    [raised] = [h for h in found if TOLD in h.reason]
    assert raised.start_s == last.start_s
    assert raised.score == last.score
    assert not any(TOLD in h.reason for h in plain)


def test_where_all_begin_is_no_praise() -> None:
    talk_s = told(SAMPLE_TRUTH.read_text()).duration_s
    assert not any(TOLD in h.reason for h in picks(curve(talk_s)))


SPANS = st.lists(st.tuples(st.floats(0, 900), st.floats(1, 90)), min_size=1, max_size=20)
NUMBERS = st.floats(allow_nan=True, allow_infinity=True)


@given(
    st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), max_size=40),
    SPANS,
)
def test_no_curve_that_a_page_tells_gains_more_than_the_limit(
    told: list[tuple[float, float, float]], spans: list[tuple[float, float]]
) -> None:
    heatmap = [{"start_time": a, "end_time": b, "value": v} for a, b, v in told]
    parts = tuple(Replayed(**part) for part in page_replays(heatmap))
    start_s, seconds = np.array(spans).T
    standing = replays.standings(parts, start_s, start_s + seconds)
    gain = replays.gains(parts, start_s, start_s + seconds)
    assert ((standing >= -1e-9) & (standing <= 1 + 1e-9)).all()
    assert ((gain >= 0) & (gain <= replays.MAX_GAIN)).all()


@given(SPANS)
def test_a_level_curve_gains_nothing(spans: list[tuple[float, float]]) -> None:
    parts = [Replayed(start_s=10.0 * n, end_s=10.0 * n + 10, value=0.5) for n in range(PARTS)]
    start_s, seconds = np.array(spans).T
    assert replays.gains(parts, start_s, start_s + seconds) == pytest.approx(0.0)


PART = {"start_time": 0.0, "end_time": 2.0, "value": 1.0}


@pytest.mark.parametrize(
    ("heatmap", "parts"),
    [
        ([PART], 1),
        ([PART] * (MAX_PARTS + 5), MAX_PARTS),
        (None, 0),
        ("a curve", 0),
        ({"a": PART}, 0),
        ([PART, None, [], {}, PART | {"value": "1"}, PART | {"end_time": -1.0}], 1),
        ([PART | {"value": float("nan")}, PART | {"end_time": float("inf")}], 0),
    ],
)
def test_of_what_a_page_tells_only_a_curve_is_read(heatmap: Any, parts: int) -> None:
    assert len(page_replays(heatmap)) == parts
