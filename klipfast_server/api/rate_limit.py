"""Counts the requests of the last minute in the memory of this process."""

import time
from dataclasses import dataclass

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter


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
    """A sliding window: no minute, wherever it starts, has more requests than the limit."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    async def hit(self, who: str, per_minute: int) -> Window:
        """Count one request of `who`."""
        item = RateLimitItemPerMinute(per_minute)
        return await self._window(item, who, allowed=await self._limiter.hit(item, who))

    async def standing(self, who: str, per_minute: int) -> Window:
        """Return the window of `who` without counting a request."""
        return await self._window(RateLimitItemPerMinute(per_minute), who, allowed=True)

    async def _window(self, item: RateLimitItemPerMinute, who: str, *, allowed: bool) -> Window:
        stats = await self._limiter.get_window_stats(item, who)
        return Window(
            allowed=allowed,
            limit=item.amount,
            remaining=stats.remaining,
            reset=int(stats.reset_time) + 1,
        )
