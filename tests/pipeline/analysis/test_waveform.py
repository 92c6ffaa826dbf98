"""The outline of a sound."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.analysis import waveform
from pipeline.core.data import Audio


def test_each_tenth_of_a_second_has_its_peak() -> None:
    samples = np.zeros(16_000 * 61 + 800, np.int16)
    samples[16_000] = -32_768  # the loudest there is, at one second
    samples[16_000 * 61] = 16_384  # in the last, short one
    found = waveform.peaks(Audio(samples=samples))
    assert len(found) == 611
    assert (found[10], found[-1]) == (waveform.LOUDEST, 127)
    assert sum(found) == waveform.LOUDEST + 127


def test_nothing_has_no_peaks() -> None:
    assert waveform.peaks(Audio(samples=np.zeros(0, np.int16))) == b""
    assert waveform.thin_out(b"", 10) == ()


@given(st.binary(min_size=1, max_size=500), st.integers(1, 600))
def test_thinned_out_the_highest_stays_and_there_are_no_more(found: bytes, count: int) -> None:
    few = waveform.thin_out(found, count)
    assert len(few) <= count
    assert max(few) == max(found)
    step = waveform.together(found, count)
    assert few == tuple(max(found[n : n + step]) for n in range(0, len(found), step))


@pytest.mark.parametrize("count", [600, 1000])
def test_what_is_few_enough_stays(count: int) -> None:
    assert waveform.thin_out(bytes(range(200)), count) == tuple(range(200))
