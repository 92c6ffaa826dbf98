"""Accounts and their API keys."""

import hashlib
from datetime import datetime

import msgspec
from msgspec import Struct

from klipfast_server.core import identifiers
from klipfast_server.schema.account.keys import SCOPES, Scope
from klipfast_server.store.database import Connection, Database
from klipfast_server.store.faults import rerun


class Account(Struct, frozen=True, kw_only=True):
    """An account; `plan` is a name in config.toml."""

    account_id: str
    name: str
    plan: str
    credits: int  # granted, beside those of the plan
    key_id: str = ""  # key used by the request
    scopes: tuple[Scope, ...] = SCOPES  # scopes of that key
    is_session: bool = False  # that key is a session, whose secret a cookie has
    by_pass: bool = False  # the request has only a pass that was made with that key


class NewKey(Struct, frozen=True, kw_only=True):
    """A newly created key."""

    account_id: str
    key_id: str
    key: str  # not available anywhere else
    plan_before: str | None  # plan of its account before; None: the account is new


class KeyInfo(Struct, frozen=True, kw_only=True):
    """The public properties of a key."""

    key_id: str
    name: str
    account: str
    plan: str
    created_at: datetime
    last_used_at: datetime | None  # to the minute
    revoked_at: datetime | None


class AccountUsage(Struct, frozen=True, kw_only=True):
    """An account and its usage."""

    account_id: str
    name: str
    plan: str
    credits: int  # granted
    credits_used: int  # used from the plan's own credits
    minutes_used: float
    storage_bytes: int
    jobs: int  # that were charged
    last_used_at: datetime | None  # last call, to the minute


def hash_key(key: str) -> bytes:
    """Return the hash under which a key is stored."""
    return hashlib.sha256(key.encode()).digest()


@rerun
async def create_key(db: Database, *, account: str, plan_name: str, name: str = "") -> NewKey:
    """Create a key for the account of this name, which is created if new and put on that plan.

    `name` is a label for people, to distinguish an account's keys.
    """
    key_id, key = identifiers.new("key"), identifiers.new_key()
    async with db.pool.acquire() as connection, connection.transaction():
        row = await connection.fetchrow(
            db.sql["ensure_account"], identifiers.new("acc"), account, plan_name
        )
        assert row is not None
        await connection.execute(db.sql["add_key"], key_id, row["account_id"], hash_key(key), name)
    return NewKey(
        account_id=row["account_id"], key_id=key_id, key=key, plan_before=row["plan_before"]
    )


async def by_name(db: Database, name: str) -> Account | None:
    """Return the account of this name."""
    row = await db.pool.fetchrow(db.sql["account_named"], name)
    return None if row is None else msgspec.convert(dict(row), Account)


async def of_pass(db: Database, key_id: str) -> Account | None:
    """Return the account of a pass that this key made; None if the key is unknown or revoked."""
    row = await db.pool.fetchrow(db.sql["account_of_key_id"], key_id)
    return None if row is None else msgspec.convert(dict(row) | {"by_pass": True}, Account)


async def of_key(db: Database, key: str) -> Account | None:
    """Return the account of this key; None if the key is unknown or revoked."""
    row = await db.pool.fetchrow(db.sql["account_of_key"], hash_key(key))
    if row is None:
        return None
    if row["is_stale"]:
        await db.pool.execute(db.sql["use_key"], row["key_id"])
    return msgspec.convert(dict(row), Account)


async def lock(db: Database, connection: Connection, account_id: str) -> Account:
    """Lock the account until the transaction ends, so that its usage cannot change; return it."""
    row = await connection.fetchrow(db.sql["lock_account"], account_id)
    assert row is not None
    return msgspec.convert(dict(row), Account)


async def list_keys(db: Database) -> list[KeyInfo]:
    """Return all keys, oldest first."""
    rows = await db.pool.fetch(db.sql["list_keys"])
    return [msgspec.convert(dict(row), KeyInfo) for row in rows]


async def revoke_key(db: Database, key_id: str) -> str | None:
    """Revoke a key, which stops working at once; return its account's ID.

    None if there is no such valid key.
    """
    account_id: str | None = await db.pool.fetchval(db.sql["revoke_key"], key_id)
    return account_id


async def list_accounts(
    db: Database, since: datetime, most: int | None = None
) -> list[AccountUsage]:
    """Return all accounts by name, or the `most` that called last, with charges since `since`."""
    rows = await db.pool.fetch(db.sql["list_accounts"], since, most)
    return [msgspec.convert(dict(row), AccountUsage) for row in rows]


async def set_plan(db: Database, name: str, plan_name: str) -> str | None:
    """Put the account on a plan; return the plan before, or None if there is no such account."""
    before: str | None = await db.pool.fetchval(db.sql["set_plan"], name, plan_name)
    return before


async def grant_credits(db: Database, name: str, count: int) -> int | None:
    """Add credits to those granted, or take them away; return how many there are then.

    None if there is no such account.
    """
    left: int | None = await db.pool.fetchval(db.sql["grant_credits"], name, count)
    return left
