"""An account's webhooks: endpoints, secrets, and the log of deliveries."""

from datetime import datetime

import msgspec

from klipfast_server.core import identifiers, webhook_signatures
from klipfast_server.core.config import Config
from klipfast_server.core.errors import Conflict, NotFound
from klipfast_server.schema.account.webhooks import (
    CreatedWebhook,
    Delivery,
    Webhook,
    WebhookRequest,
)
from klipfast_server.store import accounts, jobs
from klipfast_server.store.database import Database
from klipfast_server.store.faults import rerun

AT_MOST = 10  # receivers of one account


@rerun
async def create(db: Database, account_id: str, asked: WebhookRequest) -> CreatedWebhook:
    """Create a webhook with its secret. Raises Conflict where there are too many."""
    secret = webhook_signatures.new_secret()
    async with db.pool.acquire() as connection, connection.transaction():
        await accounts.lock(db, connection, account_id)  # two must not both be the last
        if await connection.fetchval(db.sql["count_webhooks"], account_id) >= AT_MOST:
            raise Conflict(f"There are {AT_MOST} webhooks already; delete one first.")
        row = await connection.fetchrow(
            db.sql["add_webhook"],
            identifiers.new("wh"),
            account_id,
            asked.url,
            sorted(set(asked.events)),
            secret,
        )
    assert row is not None
    return CreatedWebhook(**dict(row), secret=webhook_signatures.secret_text(secret))


async def listed(db: Database, account_id: str) -> list[Webhook]:
    """Return all webhooks, oldest first."""
    rows = await db.pool.fetch(db.sql["list_webhooks"], account_id)
    return [msgspec.convert(dict(row), Webhook) for row in rows]


async def get(db: Database, account_id: str, webhook_id: str) -> Webhook:
    """Return a webhook that is not disabled. Raises NotFound or Conflict."""
    row = None
    if identifiers.is_valid("wh", webhook_id):
        row = await db.pool.fetchrow(db.sql["get_webhook"], webhook_id, account_id)
    if row is None:
        raise _no_webhook(webhook_id)
    found = msgspec.convert(dict(row), Webhook)
    if found.disabled_at is not None:
        raise Conflict(f"{webhook_id} answered 410 Gone and is disabled; create a new webhook.")
    return found


async def delete(db: Database, account_id: str, webhook_id: str) -> None:
    """Delete a webhook and its deliveries. Raises NotFound."""
    if (
        not identifiers.is_valid("wh", webhook_id)
        or await db.pool.fetchval(db.sql["delete_webhook"], webhook_id, account_id) is None
    ):
        raise _no_webhook(webhook_id)


async def job_secret(db: Database, account_id: str) -> str:
    """Return the secret for jobs' webhook_url; created at the first call."""
    sql = db.sql
    await db.pool.execute(
        sql["ensure_job_webhook_secret"], account_id, webhook_signatures.new_secret()
    )
    return webhook_signatures.secret_text(
        await db.pool.fetchval(sql["get_job_webhook_secret"], account_id)
    )


async def rotate_job_secret(db: Database, account_id: str) -> str:
    """Replace that secret; the previous one also signs for a day."""
    secret = webhook_signatures.new_secret()
    await db.pool.execute(db.sql["rotate_job_webhook_secret"], account_id, secret)
    return webhook_signatures.secret_text(secret)


async def deliveries(
    db: Database,
    account_id: str,
    target: str,
    *,
    limit: int,
    after: tuple[datetime, str] | None,
) -> tuple[list[Delivery], bool]:
    """Return (at most `limit` of a webhook's or a job's, newest first; whether there are more).

    `target` is a valid ID of either. Raises NotFound.
    """
    await _check_target_is_own(db, account_id, target)
    place = after or (None, None)
    rows = await db.pool.fetch(db.sql["list_deliveries"], account_id, target, limit + 1, *place)
    return [msgspec.convert(dict(row), Delivery) for row in rows[:limit]], len(rows) > limit


@rerun
async def replay(
    db: Database, config: Config, account_id: str, target: str, delivery_id: str
) -> Delivery:
    """Send a message again, whatever its outcome. Raises NotFound, or Conflict where disabled."""
    if await _check_target_is_own(db, account_id, target) is not None:
        raise Conflict(f"{target} answered 410 Gone and is disabled; create a new webhook.")
    row = None
    if identifiers.is_valid("dlv", delivery_id):
        async with db.pool.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(
                db.sql["replay_delivery"],
                delivery_id,
                account_id,
                target,
                config.webhooks.give_up_s,
            )
            await connection.execute(db.sql["notify_deliveries"])
    if row is None:
        raise NotFound(f"There is no delivery {delivery_id} of {target}.")
    return msgspec.convert(dict(row), Delivery)


async def _check_target_is_own(db: Database, account_id: str, target: str) -> datetime | None:
    """Return when a webhook was disabled, if it was. Raises NotFound."""
    if not identifiers.is_valid("wh", target):
        await jobs.get(db, account_id, target)
        return None
    row = await db.pool.fetchrow(db.sql["get_webhook_state"], target, account_id)
    if row is None:
        raise _no_webhook(target)
    disabled_at: datetime | None = row["disabled_at"]
    return disabled_at


def _no_webhook(webhook_id: str) -> NotFound:
    return NotFound(f"There is no webhook {webhook_id}.")
