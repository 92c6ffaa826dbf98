"""Takes in the files of brands: checked by what they are, never by what they are called."""

import asyncio
import functools
import secrets
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from klipfast_server.core.errors import Unprocessable
from klipfast_server.files import disposal, receiving
from klipfast_server.files.storage import Storage, prompt
from klipfast_server.files.upload_acceptance import Intake
from klipfast_server.schema.branding.brands import BrandFile
from klipfast_server.store import brands, usage
from klipfast_server.store.brands import StoredFile
from klipfast_server.store.database import Connection
from klipfast_server.store.intake.uploads import Received
from pipeline.captions.drawing.logo import MAX_LOGO_BYTES, examine_logo
from pipeline.captions.styles.font_files import MAX_FONT_BYTES, examine_font
from pipeline.core.brand import FileKind
from pipeline.core.errors import SourceError
from pipeline.media.bumper_files import MAX_BUMPER_BYTES, examine_bumper

MAX_BYTES: dict[FileKind, int] = {
    "font": MAX_FONT_BYTES,
    "logo": MAX_LOGO_BYTES,
    "intro": MAX_BUMPER_BYTES,
    "outro": MAX_BUMPER_BYTES,
}
ENDS = {
    "font/ttf": ".ttf",
    "font/otf": ".otf",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/webp": ".webp",
    "video/mp4": ".mp4",
    "video/webm": ".webm",
    "application/octet-stream": "",
}
CONTAINERS = {"mov": "video/mp4", "matroska": "video/webm"}  # by FFmpeg's name


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandIntake:
    """Accepts a file of a brand."""

    dock: Intake
    storage: Storage
    brand_id: str
    kind: FileKind

    async def accept(self, chunks: AsyncIterator[bytes], declared_bytes: int) -> None:
        """Receive, check, store and record a file; on any error nothing is left of it.

        `declared_bytes`: 0 if unknown. Raises BadRequest, Unprocessable, OverLimit, NotFound,
        Conflict, DiskFull and StorageError.
        """
        most = MAX_BYTES[self.kind]
        if declared_bytes > most:
            raise receiving.too_large(most)
        left_bytes = await self.dock.room(declared_bytes)
        async with _folder(self.dock.config.server.data_dir / "work") as folder:
            received = await receiving.receive(
                chunks,
                folder / "file",
                max_bytes=most,
                left_bytes=left_bytes,
                reserve_bytes=self.dock.config.sources.min_free_bytes,
            )
            await self._store(received, await self._examined(received))

    async def _examined(self, received: Received) -> BrandFile:
        """Return what the file is. Raises Unprocessable."""
        examine = functools.partial(EXAMINE[self.kind], received)
        try:
            return await self.dock.probes.run(self.dock.account.account_id, examine)
        except SourceError as error:
            raise Unprocessable(str(error), field=receiving.FILE, reason=error.reason) from error

    async def _store(self, received: Received, facts: BrandFile) -> None:
        """Store the file under a name of its own, so that none changes while it is read."""
        name = f"{self.kind}-{secrets.token_hex(8)}{ENDS[facts.media_type]}"
        key = brands.key_of(self.brand_id, name)
        db, account_id = self.dock.db, self.dock.account.account_id
        try:
            async with prompt(facts.size_bytes):
                await self.storage.put(received.path, key)
            replaced = await brands.put_file(
                db,
                account_id,
                self.brand_id,
                self.kind,
                file=StoredFile(name=name, facts=facts),
                admit=functools.partial(self._admit, facts.size_bytes),
            )
        except BaseException:  # without a row, nobody would ever ask for the file
            await disposal.discard(db, self.storage, key)
            raise
        if replaced is not None:
            await disposal.dispose(db, self.storage, self.dock.config, replaced)

    async def _admit(self, size_bytes: int, connection: Connection) -> None:
        """Make room for it. Raises OverLimit if the plan has none by now."""
        dock = self.dock
        plan = dock.config.plans[dock.account.plan]
        await usage.make_room(dock.db, connection, dock.account, plan, more_bytes=size_bytes)


@asynccontextmanager
async def _folder(work: Path) -> AsyncIterator[Path]:
    """A name for a folder of one's own, which is removed in the end."""
    folder = work / f"brand-{secrets.token_hex(8)}"
    try:
        yield folder
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def _font(received: Received) -> BrandFile:
    facts = examine_font(received.path)
    return _file(received, facts.media_type, family=facts.family, font_weight=facts.weight)


def _logo(received: Received) -> BrandFile:
    facts = examine_logo(received.path)
    return _file(received, facts.media_type, width=facts.width, height=facts.height)


def _bumper(received: Received) -> BrandFile:
    facts = examine_bumper(received.path)
    return _file(
        received,
        CONTAINERS.get(facts.container, "application/octet-stream"),
        width=facts.width,
        height=facts.height,
        duration_seconds=round(facts.duration_s, 3),
    )


def _file(received: Received, media_type: str, **facts: Any) -> BrandFile:
    return BrandFile(
        media_type=media_type,
        size_bytes=received.size_bytes,
        sha256=received.sha256.hex(),
        **facts,
    )


EXAMINE: dict[FileKind, Callable[[Received], BrandFile]] = {
    "font": _font,
    "logo": _logo,
    "intro": _bumper,
    "outro": _bumper,
}
