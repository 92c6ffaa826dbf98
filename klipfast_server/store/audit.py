"""The audit log: who has changed or been shown what. Entries are added, and never changed."""

import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Literal

import asyncpg
import msgspec
from msgspec import Struct

from klipfast_server.store.database import Connection, Database

PAGE = 500  # entries that are read at once
DIGEST_CHARS = 16  # digits kept from the SHA-256 of a deleted account's id


class Entry(Struct, frozen=True, kw_only=True):
    """One thing that somebody has done; no secrets, and no bodies."""

    actor: Literal["key", "token", "nobody", "operator"]
    address: str  # caller's address; for an operator, the system user
    action: str  # operationId of the call, or words of the command
    outcome: str  # HTTP status; done or failed
    account_id: str | None = None  # whose things it was about
    key_id: str | None = None
    request_id: str | None = None
    object_id: str | None = None  # what was named
    made_id: str | None = None  # what came of it


class Noted(Entry, frozen=True, kw_only=True):
    """An entry as it is in the log, with the names that there are for ids now."""

    number: int
    at: datetime
    account: str | None
    key_name: str | None


async def add(
    sql: Mapping[str, str], connection: Connection | asyncpg.Pool, entries: Sequence[Entry]
) -> None:
    """Add entries, all or none; those of accounts that are deleted are left out.

    `sql`: the queries by name.
    """
    await connection.execute(sql["add_audit"], msgspec.json.encode(entries).decode())


def command(
    action: str,
    *,
    by: str,
    outcome: str = "done",
    account_id: str | None = None,
    object_id: str | None = None,
) -> Entry:
    """Return the entry of an operator's command; `by`: the user of the system."""
    return Entry(
        actor="operator",
        address=by,
        action=action,
        account_id=account_id,
        object_id=object_id,
        outcome=outcome,
    )


def digest(account_id: str) -> str:
    """Return what the log calls an account that was deleted.

    Whoever has its id finds the entry; nobody gets the id from it, which has 131 random bits.
    """
    return hashlib.sha256(account_id.encode()).hexdigest()[:DIGEST_CHARS]


async def forget(db: Database, connection: Connection, account_id: str, *, by: str) -> None:
    """Delete the entries of an account that is being deleted, and note that alone.

    `by`: the user of the system who deletes it.
    """
    await connection.execute(db.sql["delete_audit_of"], account_id)
    entry = command("accounts delete", by=by, object_id=digest(account_id))
    await add(db.sql, connection, [entry])


async def listed(
    db: Database, *, account_id: str | None, since: datetime | None
) -> AsyncIterator[Noted]:
    """Yield entries, the oldest first, a page at a time; None asks for all."""
    number: int | None = 0
    if since is not None:
        first = await db.pool.fetchval(db.sql["first_audit"], since)
        number = None if first is None else first - 1
    while number is not None:
        rows = await db.pool.fetch(db.sql["audit_after"], number, account_id, PAGE)
        for row in rows:
            yield msgspec.convert(dict(row), Noted)
        number = rows[-1]["number"] if rows else None
