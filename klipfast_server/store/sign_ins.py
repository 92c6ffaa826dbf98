"""Codes that sign a person in once: who has one gets a key of its account."""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta

from klipfast_server.core import identifiers
from klipfast_server.core.config import Config
from klipfast_server.schema.account.keys import SCOPES
from klipfast_server.store import own_keys
from klipfast_server.store.database import Database
from klipfast_server.store.faults import rerun
from klipfast_server.store.own_keys import OwnKey

CODE_BYTES = 24
CODE_S = 3600.0  # how long a code works
KEY_LASTS = timedelta(days=30)  # lifetime of the key that a code is exchanged for
KEY_NAME = "Studio"
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


async def first_code(db: Database, config: Config) -> str | None:
    """Return a code for a first account, which is made; None where somebody has a key already."""
    if await db.pool.fetchval(db.sql["has_keys"]):
        return None
    account_id = await first_account(db, config)
    return None if account_id is None else await create_code(db, account_id)


async def first_account(db: Database, config: Config) -> str | None:
    """Return the account FIRST_ACCOUNT, which is made; None where no plan has the API."""
    plans = [name for name, plan in config.plans.items() if plan.api]
    if not plans:
        return None
    widest = max(plans, key=lambda name: config.plans[name].minutes_per_month)
    row = await db.pool.fetchrow(
        db.sql["ensure_account"], identifiers.new("acc"), FIRST_ACCOUNT, widest
    )
    assert row is not None
    account_id: str = row["account_id"]
    return account_id


def link(base_url: str, code: str) -> str:
    """Return the page's address with the code, in the part of it that browsers never send."""
    return f"{base_url.rstrip('/')}/#/sign-in/{code}"


def _hash(code: str) -> bytes:
    return hashlib.sha256(code.encode()).digest()
