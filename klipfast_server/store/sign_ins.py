"""Signing in: codes that do it once, and the sessions of browsers, which are keys in cookies."""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta

import msgspec

from klipfast_server.core import identifiers
from klipfast_server.core.config import Config
from klipfast_server.schema.account.keys import SCOPES
from klipfast_server.store import accounts, own_keys
from klipfast_server.store.accounts import Account
from klipfast_server.store.database import Database
from klipfast_server.store.faults import rerun
from klipfast_server.store.own_keys import OwnKey

CODE_BYTES = 24
CODE_S = 3600.0  # how long a code works
KEY_LASTS = timedelta(days=30)  # lifetime of the key that a code is exchanged for
KEY_NAME = "Studio"
SESSION_LASTS = timedelta(days=30)
MAX_SESSIONS = 100  # limit per account; those used longest ago end
FIRST_ACCOUNT = "owner"


async def create_code(db: Database, account_id: str) -> str:
    """Return a new code for the account."""
    code = secrets.token_urlsafe(CODE_BYTES)
    await db.pool.execute(db.sql["add_sign_in_code"], _hash(code), account_id, CODE_S)
    return code


@rerun
async def exchange(db: Database, code: str) -> tuple[str, OwnKey, str] | None:
    """Return (account_id, a key of it, the key's secret); None if the code is unknown or was used.

    Raises Conflict where the account has too many keys; the code works still.
    """
    expires_at = datetime.now(UTC) + KEY_LASTS
    async with db.pool.acquire() as connection, connection.transaction():
        account_id = await connection.fetchval(db.sql["use_sign_in_code"], _hash(code))
        if account_id is None:
            return None
        key, secret = await own_keys.add(
            db, connection, account_id, name=KEY_NAME, scopes=SCOPES, expires_at=expires_at
        )
        return account_id, key, secret


@rerun
async def begin(
    db: Database, account: Account | None, *, code: str, device: str, before: str
) -> tuple[str, OwnKey, str] | None:
    """Return (account_id, a session, its secret) for a key's account, or else for a code.

    None if the code is unknown or was used. `before`: the secret of the session that the browser
    has now, which ends.
    """
    secret = identifiers.new_session()
    async with db.pool.acquire() as connection, connection.transaction():
        account_id = (
            await connection.fetchval(db.sql["use_sign_in_code"], _hash(code))
            if account is None
            else account.account_id
        )
        if account_id is None:
            return None
        row = await connection.fetchrow(
            db.sql["add_session"],
            *(identifiers.new("session"), account_id, accounts.hash_key(secret), device),
            *(SESSION_LASTS, None if account is None else account.key_id),
        )
        assert row is not None
        hashed = accounts.hash_key(before)
        await connection.execute(db.sql["end_sessions_before"], account_id, hashed, MAX_SESSIONS)
        return account_id, msgspec.convert(dict(row), OwnKey), secret


async def first_code(db: Database, config: Config, *, most: int = 1) -> str | None:
    """Return a code for the only account, made if there is none.

    It is None where there are more than `most` accounts, which is 0 or 1.
    """
    if len(await db.pool.fetch(db.sql["first_accounts"])) > most:
        return None
    account_id = await first_account(db, config)
    return None if account_id is None else await create_code(db, account_id)


async def first_account(db: Database, config: Config) -> str | None:
    """Return the only account, else the operator's, made if it is new; None where no plan fits."""
    known = await db.pool.fetch(db.sql["first_accounts"])
    name = config.server.operator or FIRST_ACCOUNT
    owner = await accounts.by_name(db, name)
    if owner is None and len(known) == 1:
        return str(known[0]["account_id"])
    plan = default_plan(config)
    if owner is not None or plan is None:
        return None if owner is None else owner.account_id
    row = await db.pool.fetchrow(db.sql["ensure_account"], identifiers.new("acc"), name, plan)
    assert row is not None
    return str(row["account_id"])


def default_plan(config: Config) -> str | None:
    """Return the plan of a new account: the one with the API and the most minutes, if any has."""
    plans = [name for name, plan in config.plans.items() if plan.api]
    return max(plans, key=lambda name: config.plans[name].minutes_per_month, default=None)


def link(base_url: str, code: str) -> str:
    """Return the page's address with the code, in the part of it that browsers never send."""
    return f"{base_url.rstrip('/')}/#/sign-in/{code}"


def _hash(code: str) -> bytes:
    return hashlib.sha256(code.encode()).digest()
