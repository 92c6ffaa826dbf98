"""Brands of an account: settings, and which files they have."""

import asyncio
import functools
from collections.abc import Awaitable, Callable
from datetime import datetime

import msgspec
from msgspec import Struct

from klipfast_server.core import identifiers
from klipfast_server.core.errors import BadRequest, Conflict, NotFound
from klipfast_server.schema.branding import brands as schema
from klipfast_server.schema.branding.brands import BrandFile, BrandSettings
from klipfast_server.store import accounts, trash
from klipfast_server.store.database import Connection, Database
from klipfast_server.store.faults import rerun
from pipeline.captions.styles.style import load_style, style_names
from pipeline.core.brand import Brand, FileKind

AT_MOST = 20  # brands of one account
KEYS = "brands"  # prefix of the storage keys of all brands' files


def key_of(brand_id: str, name: str = "") -> str:
    """Return the storage key of a brand's file, or the key prefix of all its files."""
    return f"{KEYS}/{brand_id}/{name}" if name else f"{KEYS}/{brand_id}"


class StoredFile(Struct, frozen=True, kw_only=True):
    """A file of a brand."""

    name: str  # below the brand's key prefix
    facts: BrandFile


class BrandRow(Struct, frozen=True, kw_only=True):
    """A brand with its files."""

    brand_id: str
    name: str
    settings: BrandSettings
    files: dict[FileKind, StoredFile]
    created_at: datetime
    updated_at: datetime

    def snapshot(self) -> Brand:
        """Return the brand for a job. Blocks: styles are files.

        Raises BadRequest where its style is known no more.
        """
        try:
            return self.settings.brand(
                self.brand_id, {kind: file.name for kind, file in self.files.items()}, fonts
            )
        except BadRequest as error:
            raise BadRequest(
                f"brand_id: {self.brand_id} cannot be used as it is: {error.message}",
                field="brand_id",
            ) from error


@functools.cache
def fonts() -> tuple[str, ...]:
    """Return the families that a brand's style may name: those of all caption styles."""
    styles = map(load_style, style_names())
    return tuple(sorted({family for style in styles for family in style.text.families}))


@rerun
async def create(db: Database, account_id: str, asked: schema.BrandRequest) -> BrandRow:
    """Create a brand. Raises BadRequest, and Conflict where there are too many."""
    settings = await asyncio.to_thread(asked.settings, fonts)
    brand_id = identifiers.new("brand")
    async with db.pool.acquire() as connection, connection.transaction():
        await accounts.lock(db, connection, account_id)  # two must not both be the last
        if await connection.fetchval(db.sql["count_brands"], account_id) >= AT_MOST:
            raise Conflict(f"There are {AT_MOST} brands already; delete one first.")
        await connection.execute(
            db.sql["add_brand"], brand_id, account_id, asked.name, _json(settings)
        )
    return await get(db, account_id, brand_id)


async def listed(db: Database, account_id: str) -> list[BrandRow]:
    """Return all brands, oldest first."""
    return await _rows(db, account_id, None)


async def get(
    db: Database, account_id: str, brand_id: str, *, field: str | None = None
) -> BrandRow:
    """Return a brand of the account. Raises NotFound; `field` is the request's that names it."""
    rows = []
    if identifiers.is_valid("brand", brand_id):
        rows = await _rows(db, account_id, brand_id)
    if not rows:
        raise _no_brand(brand_id, field)
    return rows[0]


@rerun
async def change(
    db: Database, account_id: str, brand_id: str, asked: schema.BrandChanges
) -> BrandRow:
    """Change a brand; jobs keep what it was. Raises NotFound or BadRequest."""
    async with db.pool.acquire() as connection, connection.transaction():
        before, settings = await _locked(db, connection, account_id, brand_id)
        name, after = await asyncio.to_thread(asked.applied_to, before, settings, fonts)
        await connection.execute(db.sql["change_brand"], brand_id, name, _json(after))
    return await get(db, account_id, brand_id)


@rerun
async def delete(db: Database, account_id: str, brand_id: str) -> str:
    """Delete a brand, and return the key prefix of its files, which are thrown away.

    Raises NotFound, and Conflict while an unfinished job needs it.
    """
    files = key_of(brand_id)
    async with db.pool.acquire() as connection, connection.transaction():
        await _locked(db, connection, account_id, brand_id)
        await _refuse_used(db, connection, brand_id)
        await connection.execute(db.sql["delete_brand"], brand_id)
        await trash.throw_away(db, connection, "storage", files)
    return files


Admit = Callable[[Connection], Awaitable[None]]


@rerun
async def put_file(
    db: Database,
    account_id: str,
    brand_id: str,
    kind: FileKind,
    *,
    file: StoredFile,
    admit: Admit,
) -> str | None:
    """Record a file that is stored; return the key of the one that it replaces, thrown away.

    `admit` raises where there is no room for it. Raises NotFound, and Conflict while an unfinished
    job needs the file that it would replace.
    """
    async with db.pool.acquire() as connection, connection.transaction():
        await accounts.lock(db, connection, account_id)
        await _locked(db, connection, account_id, brand_id)
        before = await connection.fetchval(db.sql["get_brand_file"], brand_id, kind)
        if before is not None:
            await _refuse_used(db, connection, brand_id)
        await admit(connection)
        await connection.execute(
            db.sql["put_brand_file"],
            brand_id,
            kind,
            file.name,
            file.facts.size_bytes,
            _json(file.facts),
        )
        return await _replaced(db, connection, brand_id, before)


@rerun
async def delete_file(db: Database, account_id: str, brand_id: str, kind: FileKind) -> str:
    """Delete a file and return its key, thrown away. Raises NotFound or Conflict."""
    async with db.pool.acquire() as connection, connection.transaction():
        await _locked(db, connection, account_id, brand_id)
        await _refuse_used(db, connection, brand_id)
        name = await connection.fetchval(db.sql["delete_brand_file"], brand_id, kind)
        if name is None:
            raise no_file(brand_id, kind)
        key = await _replaced(db, connection, brand_id, name)
    assert key is not None
    return key


def no_file(brand_id: str, kind: str) -> NotFound:
    """Create the error for a file that a brand does not have."""
    return NotFound(f"{brand_id} has no {kind}.")


async def _replaced(
    db: Database, connection: Connection, brand_id: str, name: str | None
) -> str | None:
    await connection.execute(db.sql["touch_brand"], brand_id)
    if name is None:
        return None
    key = key_of(brand_id, name)
    await trash.throw_away(db, connection, "storage", key)
    return key


async def _locked(
    db: Database, connection: Connection, account_id: str, brand_id: str
) -> tuple[str, BrandSettings]:
    """Return name and settings. Raises NotFound."""
    row = None
    if identifiers.is_valid("brand", brand_id):
        row = await connection.fetchrow(db.sql["lock_brand"], brand_id, account_id)
    if row is None:
        raise _no_brand(brand_id, None)
    return row["name"], msgspec.json.decode(row["settings"], type=BrandSettings)


async def _refuse_used(db: Database, connection: Connection, brand_id: str) -> None:
    job_id = await connection.fetchval(db.sql["job_with_brand"], brand_id)
    if job_id is not None:
        raise Conflict(
            f"{job_id} is not finished and needs the brand's files; wait for it, or cancel it.",
            job_id=job_id,
        )


async def _rows(db: Database, account_id: str, brand_id: str | None) -> list[BrandRow]:
    rows = await db.pool.fetch(db.sql["list_brands"], account_id, brand_id)
    return [
        BrandRow(
            brand_id=row["brand_id"],
            name=row["name"],
            settings=msgspec.json.decode(row["settings"], type=BrandSettings),
            files=msgspec.json.decode(row["files"], type=dict[FileKind, StoredFile]),
            created_at=row["created_at"],
            updated_at=row["updated_at"],
        )
        for row in rows
    ]


def _no_brand(brand_id: str, field: str | None) -> NotFound:
    return NotFound(f"There is no brand {brand_id}.", field=field)


def _json(value: Struct) -> str:
    return msgspec.json.encode(value).decode()
