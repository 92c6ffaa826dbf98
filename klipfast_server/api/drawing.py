"""Draws quote cards in threads of their own, which yield to the event loop; keeps the last ones.

One picture of an account at a time, so that no account takes all threads.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache, partial

from klipfast_server.core.threads import lane
from klipfast_server.core.turns import Turns
from pipeline.captions.quote_card import draw_quote_card
from pipeline.core.texts import Quotation

THREADS = 2
KEPT = 32  # pictures, of 0.05 to 0.5 MB


class Drawing:
    """The threads that draw, and whose turn it is."""

    def __init__(self) -> None:
        self.threads = lane("draw", THREADS)
        self._turns = Turns()
        self._draw = lru_cache(KEPT)(draw_quote_card)

    async def draw(
        self, account_id: str, quotation: Quotation, *, style: str, size: tuple[int, int]
    ) -> bytes:
        """Return a PNG, once it is the account's turn; see `draw_quote_card`."""
        async with self._turns.of(account_id):
            return await asyncio.get_running_loop().run_in_executor(
                self.threads, partial(self._draw, quotation, style=style, size=size)
            )


@contextmanager
def opened_drawing() -> Iterator[Drawing]:
    """Offer the threads while the block runs."""
    drawing = Drawing()
    try:
        yield drawing
    finally:
        drawing.threads.shutdown(wait=False, cancel_futures=True)
