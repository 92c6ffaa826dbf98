"""Draws quote cards and brands in threads, which yield to the event loop; keeps the last cards.

One picture of an account at a time, so that no account takes all threads.
"""

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache, partial
from pathlib import Path
from tempfile import mkdtemp

from klipfast_server.core.errors import NotFound
from klipfast_server.core.threads import lane
from klipfast_server.core.turns import Turns
from klipfast_server.files.storage import Storage
from klipfast_server.store import brands
from pipeline.captions.brand_preview import draw_brand
from pipeline.captions.quote_card import draw_quote_card
from pipeline.core.brand import Brand
from pipeline.core.data import AspectRatio
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

    async def draw_brand(
        self, account_id: str, brand: Brand, *, shape: AspectRatio, storage: Storage, work: Path
    ) -> bytes:
        """Return a PNG; see `brand_preview.draw_brand`. Its files are copied into `work` meanwhile.

        Raises NotFound where one of them is deleted this very moment.
        """
        async with self._turns.of(account_id):
            loop = asyncio.get_running_loop()
            folder = Path(await asyncio.to_thread(mkdtemp, prefix="brand-", dir=work))
            try:
                for name in filter(None, (brand.font, brand.logo)):
                    await storage.fetch(brands.key_of(brand.brand_id, name), folder / name)
                draw = partial(draw_brand, brand.located(folder), shape)
                return await loop.run_in_executor(self.threads, draw)
            except FileNotFoundError:
                raise NotFound(f"A file of {brand.brand_id} was just deleted.") from None
            finally:
                await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


@contextmanager
def opened_drawing() -> Iterator[Drawing]:
    """Offer the threads while the block runs."""
    drawing = Drawing()
    try:
        yield drawing
    finally:
        drawing.threads.shutdown(wait=False, cancel_futures=True)
