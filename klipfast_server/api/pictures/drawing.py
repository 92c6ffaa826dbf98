"""Draws quote cards and brands in shared threads; keeps the last cards."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from tempfile import mkdtemp

from klipfast_server.core.errors import NotFound, Unprocessable
from klipfast_server.core.turns import SharedThreads
from klipfast_server.files.storage import Storage, prompt
from klipfast_server.store import brands
from pipeline.captions.quote_card import draw_quote_card
from pipeline.core.brand import Brand
from pipeline.core.errors import SourceError
from pipeline.core.texts import Quotation

KEPT = 32  # pictures, of 0.05 to 0.5 MB


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandFiles:
    """Where the files of brands are stored, and where they are copied to."""

    storage: Storage
    work: Path

    @asynccontextmanager
    async def located(self, brand: Brand) -> AsyncIterator[Brand]:
        """Copy the font and the logo into a folder while the block runs.

        Raises NotFound and StorageError.
        """
        folder = Path(await asyncio.to_thread(mkdtemp, prefix="brand-", dir=self.work))
        try:
            async with prompt():
                for name in filter(None, (brand.font, brand.logo)):
                    await self.storage.fetch(brands.key_of(brand.brand_id, name), folder / name)
            yield brand.located(folder)
        except FileNotFoundError:
            raise NotFound(f"A file of {brand.brand_id} was just deleted.") from None
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


class Drawing:
    """The threads that draw."""

    def __init__(self, threads: SharedThreads) -> None:
        self._threads = threads
        self._draw = lru_cache(KEPT)(draw_quote_card)

    async def draw(
        self, account_id: str, quotation: Quotation, *, style: str, size: tuple[int, int]
    ) -> bytes:
        """Return a PNG, once it is the account's turn; see `draw_quote_card`."""
        draw = partial(self._draw, quotation, style=style, size=size)
        return await self._threads.run(account_id, draw)

    async def draw_with_brand(
        self, account_id: str, draw: Callable[[Brand], bytes], brand: Brand, files: BrandFiles
    ) -> bytes:
        """Return the PNG that `draw` draws of a brand whose font and logo are on this disk.

        Raises NotFound where one of them is deleted this very moment, and Unprocessable where one
        cannot be drawn with.
        """
        async with self._threads.turn(account_id), files.located(brand) as here:
            try:
                return await self._threads.run_now(partial(draw, here))
            except SourceError as error:
                raise Unprocessable(str(error), reason=error.reason) from error
