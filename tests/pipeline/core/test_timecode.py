"""Clock times, written and read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.timecode import format_clock, format_timecode, to_seconds


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "00:00:00.000"),
        (3661.5, "01:01:01.500"),
        (59.9996, "00:01:00.000"),
        (-1, "00:00:00.000"),
    ],
)
def test_a_timecode_is_rounded_and_carries(seconds: float, expected: str) -> None:
    assert format_timecode(seconds) == expected


def test_formats_have_their_own_point_and_digits() -> None:
    assert format_timecode(62.5, point=",") == "00:01:02,500"
    assert format_timecode(62.5, decimals=2, hour_digits=1) == "0:01:02.50"


def test_a_clock_has_hours_only_where_there_are_some() -> None:
    assert [format_clock(s) for s in (0, 59.9, 61, 3600)] == ["0:00", "0:59", "1:01", "1:00:00"]


@given(st.integers(min_value=0, max_value=360_000_000))
def test_what_is_written_is_read_again(ms: int) -> None:
    hours, minutes, seconds = format_timecode(ms / 1000).split(":")
    assert to_seconds(hours, minutes, seconds) == pytest.approx(ms / 1000)
