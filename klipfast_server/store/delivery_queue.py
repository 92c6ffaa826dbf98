"""The deliverer's side of the outbox: claim a message and record the outcome; a function per query.

Every update names the owner of the lease, so an attempt whose lease has expired changes nothing.
"""

import msgspec
from msgspec import Struct

from klipfast_server.core import identifiers
from klipfast_server.core.config import Webhooks
from klipfast_server.store.database import Database
from klipfast_server.store.faults import rerun

CHANNEL = "klipfast_deliveries"
LEASE_SLACK_S = 15.0  # added to an attempt's own time, for the database
GONE = 410
GONE_SENTENCE = "The endpoint answered 410 Gone and is disabled."


class ClaimedDelivery(Struct, frozen=True, kw_only=True):
    """A message and the lease under which it is sent."""

    delivery_id: str
    webhook_id: str | None
    target: str
    url: str
    event: str
    payload: bytes
    attempts: int  # including this one
    lease_owner: str
    secrets: list[bytes]


@rerun
async def claim(db: Database, settings: Webhooks) -> ClaimedDelivery | None:
    """Claim the next due message with a lease; None if there is none that may be sent."""
    async with db.pool.acquire() as connection, connection.transaction():
        await connection.execute(db.sql["lock_deliveries"])
        row = await connection.fetchrow(
            db.sql["claim_delivery"],
            identifiers.new("lease"),
            settings.timeout_s + LEASE_SLACK_S,
            settings.at_once_per_account,
        )
    return None if row is None else msgspec.convert(dict(row), ClaimedDelivery)


async def next_s(db: Database) -> float | None:
    """Return the seconds until the next pending message is due."""
    seconds: float | None = await db.pool.fetchval(db.sql["next_delivery_s"])
    return seconds


async def delivered(db: Database, sent: ClaimedDelivery, status: int) -> None:
    """Record that the receiver accepted the message."""
    await db.pool.execute(db.sql["delivered"], sent.delivery_id, sent.lease_owner, status)


async def not_delivered(
    db: Database, sent: ClaimedDelivery, status: int | None, error: str, pause_s: float
) -> bool:
    """Record a failed attempt; return whether it is retried, `pause_s` from now."""
    now_is: str | None = await db.pool.fetchval(
        db.sql["not_delivered"], sent.delivery_id, sent.lease_owner, status, error, pause_s
    )
    return now_is == "pending"


@rerun
async def gone(db: Database, sent: ClaimedDelivery) -> None:
    """Disable the webhook and fail all its messages: the receiver is gone."""
    async with db.pool.acquire() as connection, connection.transaction():
        await connection.execute(db.sql["disable_webhook"], sent.webhook_id)
        await connection.execute(db.sql["drop_deliveries"], sent.target, GONE_SENTENCE, GONE)


async def release(db: Database, sent: ClaimedDelivery) -> None:
    """Release the message as if not attempted; the receiver may have got it nevertheless."""
    await db.pool.execute(db.sql["release_delivery"], sent.delivery_id, sent.lease_owner)
