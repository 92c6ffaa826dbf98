"""The sliding window of requests, against a plain count of the last minute."""

import itertools
import tracemalloc
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from klipfast_server.api.rate_limit import WINDOW_S, RateLimit

CALLERS = 20_000  # each of whom is heard once


class Call(NamedTuple):
    """One request, or a look at where somebody stands."""

    after_s: float
    who: str
    counts: bool
    limit: int


CALLS = st.lists(
    st.builds(
        Call,
        after_s=st.sampled_from([0.0, 0.5, 20.0, 59.5, 60.0]),
        who=st.sampled_from(["ada", "bob"]),
        counts=st.booleans(),
        limit=st.integers(0, 4),
    ),
    max_size=40,
)


@given(calls=CALLS)
def test_a_request_is_allowed_where_the_minute_before_has_room(calls: list[Call]) -> None:
    now = 1000.0
    rate_limit = RateLimit(clock=lambda: now)
    allowed: dict[str, list[float]] = {"ada": [], "bob": []}
    for call in calls:
        now += call.after_s
        recent = [t for t in allowed[call.who] if t > now - WINDOW_S]
        if call.counts:
            window = rate_limit.hit(call.who, call.limit)
            assert window.allowed == (len(recent) < call.limit)
            if window.allowed:
                allowed[call.who].append(now)
                recent.append(now)
        else:
            window = rate_limit.standing(call.who, call.limit)
            assert window.allowed
        assert window.limit == call.limit
        assert window.remaining == max(0, call.limit - len(recent))


def test_room_is_promised_for_the_second_in_which_there_is_some() -> None:
    now = 0.0
    rate_limit = RateLimit(clock=lambda: now)
    for at in (0.0, 10.0):
        now = at
        assert rate_limit.hit("ada", 2).allowed
    now = 25.0
    window = rate_limit.hit("ada", 2)
    assert not window.allowed
    assert 35 <= window.retry_after_s <= 36
    now += window.retry_after_s
    assert rate_limit.hit("ada", 2).allowed


def test_nobody_is_remembered_longer_than_a_minute() -> None:
    ticks = itertools.count(0.0, 1e-4)
    rate_limit = RateLimit(clock=lambda: next(ticks))
    tracemalloc.start()
    try:
        for number in range(CALLERS):
            rate_limit.hit(f"ip:{number}", 60)
        full = tracemalloc.get_traced_memory()[0]
        ticks = itertools.count(2 * WINDOW_S)
        rate_limit.standing("ip:new", 60)
        left = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert left < full / 10
