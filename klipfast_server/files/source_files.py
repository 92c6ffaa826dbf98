"""The files of uploads and kept sources, which any server can have.

Each lies in a folder of the server that took it in. With a bucket it is copied there as soon as it
is complete, and an unfinished one piece by piece, so that every server that shares database and
bucket can go on with it: what it needs and lacks it fetches, and keeps as long as there is room.
"""

import asyncio
import hashlib
import secrets
import shutil
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

import msgspec
import structlog
from msgspec import Struct

from klipfast_server.core.config import Config
from klipfast_server.core.errors import DiskFull
from klipfast_server.files import digests, receiving
from klipfast_server.files.storage import (
    LocalStorage,
    Storage,
    StorageAway,
    StorageError,
    link_or_copy,
)
from klipfast_server.store import faults, trash
from klipfast_server.store.database import Database
from klipfast_server.store.intake import uploads

log = structlog.get_logger()

LOOK_S = 30.0  # between two looks for files to copy, where nothing says that there is one
MAX_PIECE_BYTES = 1 << 26  # a part of an unfinished upload that is copied while more comes in
MIN_PIECE_BYTES = 1 << 22  # where a request has ended, as it does in pieces of its own
READ_BYTES = 1 << 22
FINISH_S = 2.0  # for pieces as the server stops


class Piece(Struct, frozen=True, kw_only=True):
    """A part of an unfinished upload in the bucket; it begins where the one before ends."""

    name: str
    size_bytes: int


class SourceFiles:
    """The files of this server, and the bucket's copies where there is one."""

    def __init__(self, db: Database, storage: Storage, config: Config) -> None:
        self._db = db
        self._storage = storage
        self._config = config
        self._is_shared = not isinstance(storage, LocalStorage)
        self._wake = asyncio.Event()
        self._storing: dict[str, asyncio.Task[None]] = {}  # pieces, by upload
        self._fetching: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)  # by upload

    def folder(self, upload_id: str) -> Path:
        """Return the folder of an upload on this server."""
        return uploads.folder(self._config, upload_id)

    def download_of(self, job_id: str) -> Path:
        """Return where a job that runs on this server downloads its source to."""
        return self._config.server.data_dir / "work" / job_id / "source"

    def added(self) -> None:
        """Have a complete file copied to the bucket soon."""
        self._wake.set()

    async def locate(self, upload_id: str) -> Path:
        """Return the file of an upload on this server, where it is fetched if it was not there.

        Raises FileNotFoundError where nobody has it, StorageError, DiskFull and OSError.
        """
        path = self.folder(upload_id) / "source"
        if await asyncio.to_thread(path.is_file):
            return path
        if not self._is_shared:
            raise FileNotFoundError(path)
        async with self._fetching[upload_id]:
            if not await asyncio.to_thread(path.is_file):
                await self._fetch(upload_id, path)
        self._fetching.pop(upload_id, None)
        return path

    async def path_of(self, upload_id: str | None) -> Path:
        """Return where `locate` would have the file; nothing is there where nobody has it."""
        try:
            return await self.locate(upload_id or "none")
        except FileNotFoundError:
            return self.folder(upload_id or "none") / "source"

    async def key_of(self, upload_id: str) -> str | None:
        """Return the key of an upload in the bucket; None where it is not there."""
        row = await self._db.pool.fetchrow(self._db.sql["stored_upload"], upload_id)
        return None if row is None or not self._is_shared else _key(upload_id)

    async def _fetch(self, upload_id: str, path: Path) -> None:
        row = await self._db.pool.fetchrow(self._db.sql["stored_upload"], upload_id)
        if row is None:
            raise FileNotFoundError(path)
        await self._make_room(row["size_bytes"])
        part = path.with_name("fetched")
        await asyncio.to_thread(part.parent.mkdir, parents=True, exist_ok=True)
        try:
            await self._storage.fetch(_key(upload_id), part)
            if await asyncio.to_thread(_sha256, part) != row["sha256"]:
                raise StorageAway("The storage has handed out a damaged file; try again later.")
            await asyncio.to_thread(part.replace, path)
        finally:
            await asyncio.to_thread(part.unlink, missing_ok=True)
        digests.remember(path, row["sha256"])
        log.info("source fetched", upload_id=upload_id, size_bytes=row["size_bytes"])

    async def _make_room(self, need_bytes: int) -> None:
        """Remove copies that the bucket has and no job needs, oldest first. Raises DiskFull."""
        folder = self._config.server.data_dir / "uploads"
        reserve = self._config.sources.min_free_bytes
        for row in [None, *await self._db.pool.fetch(self._db.sql["idle_uploads"])]:
            if row is not None:
                copy = self.folder(row["upload_id"])
                await asyncio.to_thread(shutil.rmtree, copy, ignore_errors=True)
            with suppress(DiskFull):
                await asyncio.to_thread(receiving.check_space, folder, need_bytes, reserve)
                return
        raise DiskFull

    async def finish(self) -> None:
        """Wait a moment for pieces that are being copied; what is not, is sent again."""
        if storing := list(self._storing.values()):
            await asyncio.wait(storing, timeout=FINISH_S)
        for task in storing:
            task.cancel()

    async def share(self) -> None:
        """Copy what is complete to the bucket, again and again; returns where there is none."""
        while self._is_shared:
            self._wake.clear()
            try:
                for row in await self._db.pool.fetch(self._db.sql["unstored_uploads"]):
                    await self._store_or_tell(row["upload_id"])
            except Exception:  # the next look tries again
                log.warning("sources not copied to the bucket yet", exc_info=True)
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._wake.wait()

    async def _store_or_tell(self, upload_id: str) -> None:
        try:
            await self._store(upload_id)
        except OSError as error:  # one file that cannot be read keeps back no other
            log.warning("source not copied", upload_id=upload_id, error=repr(error))

    async def _store(self, upload_id: str) -> None:
        path, copy = self.folder(upload_id) / "source", self.folder(upload_id) / "sent"
        try:
            await asyncio.to_thread(_link_again, path, copy)  # `put` takes it away
        except FileNotFoundError:
            return  # it lies with another server, or was deleted this very moment
        await self._storage.put(copy, _key(upload_id))
        if await self._db.pool.fetchval(self._db.sql["note_stored"], upload_id) is None:
            await trash.note(self._db, _key(upload_id))  # deleted meanwhile
        await self._storage.delete(_pieces(upload_id))

    async def received(self, upload_id: str, pieces: tuple[Piece, ...]) -> int:
        """Return how many bytes of an unfinished upload there are, here or in the bucket."""
        here = await asyncio.to_thread(_size, self.folder(upload_id))
        return max(here, sum(piece.size_bytes for piece in pieces))

    async def catch_up(self, upload_id: str, pieces: tuple[Piece, ...]) -> None:
        """Fetch what another server has received of an unfinished upload.

        Raises StorageError, FileNotFoundError and OSError.
        """
        folder, first = self.folder(upload_id), 0
        for piece in pieces:
            here = await asyncio.to_thread(_size, folder)
            if here < first + piece.size_bytes:
                copy = folder / piece.name
                try:
                    await self._storage.fetch(f"{_pieces(upload_id)}/{piece.name}", copy)
                    await asyncio.to_thread(_append, folder / "part", copy, here - first)
                finally:
                    await asyncio.to_thread(copy.unlink, missing_ok=True)
            first += piece.size_bytes

    def keep_piece(self, upload_id: str, at_least: int = 1) -> None:
        """Have what has come of an unfinished upload copied to the bucket, if it is that much.

        A fault costs another server that part alone: it is sent there again.
        """
        if self._is_shared and upload_id not in self._storing:
            self._storing[upload_id] = asyncio.create_task(self._keep_piece(upload_id, at_least))

    async def _keep_piece(self, upload_id: str, at_least: int) -> None:
        try:
            await self._store_piece(upload_id, at_least)
        except (StorageError, OSError, *faults.TEMPORARY) as error:
            log.warning("piece not copied to the bucket", upload_id=upload_id, error=repr(error))
        finally:
            del self._storing[upload_id]

    async def _store_piece(self, upload_id: str, at_least: int) -> None:
        row = await self._db.pool.fetchrow(self._db.sql["pieces_of_upload"], upload_id)
        if row is None:
            return
        pieces = decode_pieces(row["pieces"])
        first = sum(piece.size_bytes for piece in pieces)
        name = f"{first}-{secrets.token_hex(6)}"
        copy, part = self.folder(upload_id) / name, self.folder(upload_id) / "part"
        try:
            size = await asyncio.to_thread(_copy_range, part, copy, first, at_least)
            if size == 0:
                return
            await self._storage.put(copy, f"{_pieces(upload_id)}/{name}")
        finally:
            await asyncio.to_thread(copy.unlink, missing_ok=True)
        told = msgspec.json.encode([*pieces, Piece(name=name, size_bytes=size)]).decode()
        changed = (upload_id, row["pieces"], told)
        if await self._db.pool.fetchval(self._db.sql["set_pieces"], *changed) is None:
            await trash.note(self._db, f"{_pieces(upload_id)}/{name}")  # another was faster

    async def remove(self, upload_id: str) -> None:
        """Remove the file of an upload that has no row, here and from the bucket."""
        await asyncio.to_thread(shutil.rmtree, self.folder(upload_id), ignore_errors=True)
        if self._is_shared:
            await trash.note(self._db, f"uploads/{upload_id}")


def decode_pieces(stored: str) -> tuple[Piece, ...]:
    """Return pieces that are stored as JSON."""
    return msgspec.json.decode(stored, type=tuple[Piece, ...])


def _key(upload_id: str) -> str:
    return f"uploads/{upload_id}/source"


def _pieces(upload_id: str) -> str:
    return f"uploads/{upload_id}/pieces"


def _sha256(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def _link_again(path: Path, copy: Path) -> None:
    copy.unlink(missing_ok=True)
    link_or_copy(path, copy)


def _size(folder: Path) -> int:
    """Return the received bytes; 0 if the file was removed externally: the upload restarts."""
    for path in (folder / "part", folder / "source"):
        if path.exists():
            return path.stat().st_size
    folder.mkdir(parents=True, exist_ok=True)
    return 0


def _append(part: Path, piece: Path, skip: int) -> None:
    """Append a piece to what is there, but for its first bytes."""
    with part.open("ab") as file, piece.open("rb") as more:
        more.seek(skip)
        shutil.copyfileobj(more, file, READ_BYTES)


def _copy_range(part: Path, copy: Path, first: int, at_least: int) -> int:
    """Copy what is behind `first`, if it is that much; return how much."""
    with part.open("rb") as file:
        size = file.seek(0, 2) - first
        if size < at_least:
            return 0
        file.seek(first)
        with copy.open("xb") as target:
            shutil.copyfileobj(file, target, READ_BYTES)
            return target.tell()
