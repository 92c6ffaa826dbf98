"""Counts the requests of the last minute in the memory of this process."""

import math
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass

WINDOW_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The values of the X-RateLimit headers."""

    allowed: bool
    limit: int  # requests a minute
    remaining: int
    reset: int  # unix seconds at which the oldest request is forgotten, and one more is allowed

    @property
    def headers(self) -> dict[str, str]:
        """Return the three documented headers."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(self.reset),
        }

    @property
    def retry_after_s(self) -> int:
        """Whole seconds until another request is allowed, at least 1."""
        return max(1, self.reset - int(time.time()))


class RateLimit:
    """A sliding window: no minute, wherever it starts, has more requests than the limit.

    It keeps the time of each request that it allowed: eight bytes and an object, for as many as a
    plan allows in a minute. Nothing here waits, so that it costs a request microseconds.

    clock: returns seconds that only grow, whatever becomes of the time of day.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._allowed: OrderedDict[str, deque[float]] = OrderedDict()  # by the newest request

    def hit(self, who: str, per_minute: int) -> Window:
        """Count one request of `who`, if it is allowed."""
        now = self._clock()
        times = self._recent(who, now)
        allowed = len(times) < per_minute
        if allowed:
            times.append(now)
            self._allowed[who] = times
            self._allowed.move_to_end(who)
        return _window(times, per_minute, now, allowed=allowed)

    def standing(self, who: str, per_minute: int) -> Window:
        """Return the window of `who` without counting a request."""
        now = self._clock()
        return _window(self._recent(who, now), per_minute, now, allowed=True)

    def _recent(self, who: str, now: float) -> deque[float]:
        """Forget what is older than a minute, of everybody; return the times of `who`."""
        while self._allowed and next(iter(self._allowed.values()))[-1] <= now - WINDOW_S:
            self._allowed.popitem(last=False)
        times = self._allowed.get(who, deque())
        while times and times[0] <= now - WINDOW_S:
            times.popleft()
        return times


def _window(times: deque[float], per_minute: int, now: float, *, allowed: bool) -> Window:
    forgotten_in_s = times[0] + WINDOW_S - now if times else 0.0
    return Window(
        allowed=allowed,
        limit=per_minute,
        remaining=max(0, per_minute - len(times)),
        reset=math.floor(time.time() + forgotten_in_s) + 1,
    )
