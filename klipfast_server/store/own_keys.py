"""The keys and sessions of one account, as it makes and revokes them by the API."""

from datetime import datetime

import msgspec
from msgspec import Struct

from klipfast_server.core import identifiers
from klipfast_server.core.errors import Conflict
from klipfast_server.schema.account.keys import Scope
from klipfast_server.store import accounts
from klipfast_server.store.database import Connection, Database
from klipfast_server.store.faults import rerun

MAX_KEYS = 100  # limit per account


class OwnKey(Struct, frozen=True, kw_only=True):
    """A valid key or session, without the secret."""

    key_id: str
    name: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    last_used_at: datetime | None  # to the minute
    expires_at: datetime | None


async def listed(db: Database, account_id: str, *, are_sessions: bool = False) -> list[OwnKey]:
    """Return the account's valid keys, or its sessions, oldest first."""
    rows = await db.pool.fetch(db.sql["own_keys"], account_id, are_sessions)
    return [msgspec.convert(dict(row), OwnKey) for row in rows]


@rerun
async def create(
    db: Database,
    account_id: str,
    *,
    name: str,
    scopes: tuple[Scope, ...],
    expires_at: datetime | None,
) -> tuple[OwnKey, str]:
    """Create a key; return it and its secret. Raises Conflict where there are too many."""
    async with db.pool.acquire() as connection, connection.transaction():
        return await add(
            db, connection, account_id, name=name, scopes=scopes, expires_at=expires_at
        )


async def add(
    db: Database,
    connection: Connection,
    account_id: str,
    *,
    name: str,
    scopes: tuple[Scope, ...],
    expires_at: datetime | None,
) -> tuple[OwnKey, str]:
    """Create a key in a transaction of the caller's. Raises Conflict like `create`."""
    key_id, key = identifiers.new("key"), identifiers.new_key()
    await accounts.lock(db, connection, account_id)  # so that they are counted one by one
    if len(await connection.fetch(db.sql["own_keys"], account_id, False)) >= MAX_KEYS:
        raise Conflict(f"The account has {MAX_KEYS} keys; delete one that is not used.")
    row = await connection.fetchrow(
        db.sql["add_own_key"],
        key_id,
        account_id,
        accounts.hash_key(key),
        name,
        list(scopes),
        expires_at,
    )
    assert row is not None
    return msgspec.convert(dict(row), OwnKey), key


async def revoke(db: Database, account_id: str, key_id: str) -> bool:
    """Revoke a key or session of the account; return whether there was such a valid one."""
    return await db.pool.fetchval(db.sql["revoke_own_key"], key_id, account_id) is not None
