"""The deliverer's side of the outbox: claim, and say what came of it. A function per query.

Everything written here names the lease's owner: an attempt whose lease ran out changes nothing.
"""

import msgspec
from msgspec import Struct

from klipfast_server.core import identifiers
from klipfast_server.core.config import Webhooks
from klipfast_server.store.database import Database

CHANNEL = "klipfast_deliveries"
LEASE_SLACK_S = 15.0  # beyond an attempt's own time, for the database
GONE = 410
GONE_SENTENCE = "The receiver answered 410 Gone and is told nothing more."


class ClaimedDelivery(Struct, frozen=True, kw_only=True):
    """A message, and the lease under which it is sent."""

    delivery_id: str
    webhook_id: str | None
    target: str
    url: str
    event: str
    payload: bytes
    attempts: int  # this one included
    lease_owner: str
    secrets: list[bytes]


async def claim(db: Database, settings: Webhooks) -> ClaimedDelivery | None:
    """The next message that is due, leased; None where there is none or none may be sent."""
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
    """Seconds until a message is due that is not due yet."""
    seconds: float | None = await db.pool.fetchval(db.sql["next_delivery_s"])
    return seconds


async def delivered(db: Database, sent: ClaimedDelivery, status: int) -> None:
    """The receiver has it."""
    await db.pool.execute(db.sql["delivered"], sent.delivery_id, sent.lease_owner, status)


async def not_delivered(
    db: Database, sent: ClaimedDelivery, status: int | None, error: str, pause_s: float
) -> bool:
    """Whether it is tried again, `pause_s` from now."""
    now_is: str | None = await db.pool.fetchval(
        db.sql["not_delivered"], sent.delivery_id, sent.lease_owner, status, error, pause_s
    )
    return now_is == "pending"


async def gone(db: Database, sent: ClaimedDelivery) -> None:
    """Nobody is there any more: what is still to be told fails, and a webhook is disabled."""
    async with db.pool.acquire() as connection, connection.transaction():
        await connection.execute(db.sql["disable_webhook"], sent.webhook_id)
        await connection.execute(db.sql["drop_deliveries"], sent.target, GONE_SENTENCE, GONE)


async def release(db: Database, sent: ClaimedDelivery) -> None:
    """Hand the attempt on, as if it had not begun; the receiver may have got it all the same."""
    await db.pool.execute(db.sql["release_delivery"], sent.delivery_id, sent.lease_owner)
