"""Files whose rows are deleted and that are still to be deleted from storage.

Storage may be slow, far away, or down, so nothing is deleted there within a transaction: the
transaction notes what is to be deleted.
"""

from collections.abc import Sequence
from typing import Literal

import msgspec
from msgspec import Struct

from klipfast_server.store.database import Connection, Database
from klipfast_server.store.faults import outlast


class Thing(Struct, frozen=True, kw_only=True):
    """Something to delete."""

    trash_id: int
    place: Literal["storage", "uploads"]
    name: str  # a key prefix of the storage, or an upload's id


async def throw_away(
    db: Database, connection: Connection, place: Literal["storage", "uploads"], name: str
) -> None:
    """Note in this transaction that `name` is to be deleted."""
    await connection.execute(db.sql["throw_away"], place, name)


async def named(db: Database, names: Sequence[str]) -> list[Thing]:
    """Return what is to be deleted under these names."""
    rows = await db.pool.fetch(db.sql["trash_named"], list(names))
    return [msgspec.convert(dict(row), Thing) for row in rows]


async def after(db: Database, trash_id: int) -> list[Thing]:
    """Return a hundred things at most, in the order of their numbers."""
    rows = await db.pool.fetch(db.sql["trash_after"], trash_id)
    return [msgspec.convert(dict(row), Thing) for row in rows]


@outlast
async def below(db: Database, prefix: str) -> list[Thing]:
    """Return what is to be deleted from storage at this key prefix and below it."""
    rows = await db.pool.fetch(db.sql["trash_below"], prefix)
    return [msgspec.convert(dict(row), Thing) for row in rows]


@outlast
async def note(db: Database, name: str) -> None:
    """Note that what is in storage at this key prefix is to be deleted."""
    await db.pool.execute(db.sql["throw_away"], "storage", name)


async def forget(db: Database, thing: Thing) -> None:
    """Note that it is deleted."""
    await db.pool.execute(db.sql["forget_trash"], thing.trash_id)
