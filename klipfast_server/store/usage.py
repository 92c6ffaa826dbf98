"""An account's limits, usage and charges. Minutes are source minutes."""

import math
from datetime import UTC, date, datetime, timedelta

from klipfast_server.core.config import NO_LIMIT, Plan
from klipfast_server.core.errors import OverLimit
from klipfast_server.store import trash
from klipfast_server.store.accounts import Account
from klipfast_server.store.database import Connection, Database
from pipeline.core.data import Span, Transcript

MB = 1_000_000  # bytes
TOLERANCE_MIN = 1e-6  # minutes, for rounding errors of seconds divided by 60


def period(now: datetime) -> tuple[date, date]:
    """Return the first and last day of the calendar month (UTC), a plan's period."""
    first = now.astimezone(UTC).date().replace(day=1)
    return first, next_month(first) - timedelta(days=1)


def next_month(first: date) -> date:
    """Return the first day of the month after."""
    return (first + timedelta(days=32)).replace(day=1)


def counted_s(duration_s: float | None, span: Span | None) -> float | None:
    """Return the seconds of a source that are used and counted; None if not known yet."""
    if span is None:
        return duration_s
    end_s = span.end_s if duration_s is None else min(span.end_s, duration_s)
    return max(0.0, end_s - span.start_s)


def heard_s(transcript: Transcript, span: Span | None) -> float:
    """Return the seconds of the wanted part that could be heard: sound may break off or be damaged.

    At most what `counted_s` gives for the source.
    """
    return max(0.0, (counted_s(transcript.duration_s, span) or 0.0) - transcript.damaged_s)


def midnight(day: date) -> datetime:
    """Return the start of the day in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


async def charged(
    db: Database, connection: Connection, account: Account, plan: Plan
) -> tuple[float, int]:
    """Return the minutes charged in the current period, and the plan's own credits that are left.

    Those renew with the period.
    """
    first, _ = period(datetime.now(UTC))
    used = await connection.fetchrow(db.sql["charged"], account.account_id, midnight(first))
    assert used is not None
    return used["minutes"], max(0, plan.credits - used["credits"])


async def storage_used_bytes(db: Database, connection: Connection, account_id: str) -> int:
    """Return the bytes of stored clips and uploads."""
    used: int = await connection.fetchval(db.sql["storage_used_bytes"], account_id)
    return used


async def storage_left_bytes(
    db: Database, connection: Connection, account: Account, plan: Plan
) -> int:
    """Return the bytes of the plan that nothing uses, or only a kept source; may be negative."""
    used = await storage_used_bytes(db, connection, account.account_id)
    kept = await connection.fetch(db.sql["kept_sources"], account.account_id)
    given: int = sum(row["size_bytes"] for row in kept)
    return plan.storage_mb * MB - used + given


def used_of(used: str, most: int | None, unit: str) -> str:
    """Return what is used of a limit of minutes or megabytes, None: unknown, for people."""
    if most is not None and most >= NO_LIMIT:
        return f"{used} {unit} (no limit)"
    return f"{used} of {'?' if most is None else f'{most:,}'} {unit}"


def megabytes(size: int) -> int:
    """Return whole MB, rounded up, so that a small file is never 0 MB."""
    return math.ceil(size / MB)


async def check_storage(
    db: Database, connection: Connection, account: Account, plan: Plan, *, more_bytes: int = 0
) -> None:
    """Raises OverLimit if the stored bytes plus `more_bytes` exceed the plan.

    Sources that are only kept for further clips do not count, but none is deleted.
    """
    if more_bytes > await storage_left_bytes(db, connection, account, plan):
        used = await storage_used_bytes(db, connection, account.account_id)
        raise OverLimit(
            f"The {account.plan} plan keeps up to {plan.storage_mb} MB and "
            f"{megabytes(used)} MB are used; delete jobs or uploads that are no longer needed, "
            "wait until they expire, or upgrade the plan.",
            storage_used_mb=megabytes(used),
            storage_limit_mb=plan.storage_mb,
        )


async def make_room(
    db: Database, connection: Connection, account: Account, plan: Plan, *, more_bytes: int = 0
) -> list[str]:
    """Delete kept sources, the oldest first, until `more_bytes` fit; return the jobs they are of.

    Call it in the transaction that stores what has been accepted, with the account locked. Raises
    OverLimit, and then none is deleted.
    """
    await check_storage(db, connection, account, plan, more_bytes=more_bytes)
    used = await storage_used_bytes(db, connection, account.account_id)
    wanted, jobs = used + more_bytes - plan.storage_mb * MB, []
    for row in await connection.fetch(db.sql["kept_sources"], account.account_id):
        if wanted <= 0:
            break
        await connection.execute(db.sql["delete_upload"], row["upload_id"])
        await trash.throw_away(db, connection, "uploads", row["upload_id"])
        wanted -= row["size_bytes"]
        jobs += row["job_ids"]
    return jobs


async def check_minutes(
    db: Database, connection: Connection, account: Account, plan: Plan, duration_s: float | None
) -> None:
    """Raises OverLimit if neither minutes nor a credit are left for one more job.

    Unfinished jobs of known length count as completed. A job of unknown length is accepted while
    anything is left; its length is checked again after it is fetched.
    """
    rows = await connection.fetch(db.sql["open_jobs"], account.account_id)
    lengths = [row["duration_s"] for row in rows]
    await _cover(db, connection, account, plan, [*lengths, duration_s])


async def check_covered(
    db: Database, connection: Connection, account: Account, plan: Plan, job_id: str
) -> None:
    """Raises OverLimit if this unfinished job is not covered after all older ones."""
    rows = await connection.fetch(db.sql["open_jobs"], account.account_id)
    ids = [row["job_id"] for row in rows]
    lengths = [row["duration_s"] for row in rows]
    if job_id in ids:  # otherwise it was canceled meanwhile, which the worker will notice
        await _cover(db, connection, account, plan, lengths[: ids.index(job_id) + 1])


async def _cover(
    db: Database,
    connection: Connection,
    account: Account,
    plan: Plan,
    lengths: list[float | None],
) -> None:
    """Raises OverLimit if the last of `lengths` (seconds) has neither minutes nor a credit."""
    used, by_plan = await charged(db, connection, account, plan)
    left, credits = plan.minutes_per_month - used, by_plan + account.credits
    covered = True
    for length_s in lengths:
        minutes = (length_s or 0.0) / 60
        covered = True
        if left > TOLERANCE_MIN and minutes <= left + TOLERANCE_MIN:
            left -= minutes
        elif credits > 0:
            credits -= 1
        else:
            covered = False
    if not covered:
        _refuse(account, plan, used, (lengths[-1] or 0.0) / 60)


def _refuse(account: Account, plan: Plan, used: float, minutes: float) -> None:
    first, _ = period(datetime.now(UTC))
    reset = midnight(next_month(first))
    needed = f"this video takes {minutes:.1f} more" if minutes else "this video takes more"
    raise OverLimit(
        f"{used:.1f} of the {plan.minutes_per_month} minutes of the {account.plan} plan are used "
        f"(including jobs in progress), {needed}, and no credits are left. "
        f"Minutes and the plan's credits renew at {reset:%Y-%m-%dT%H:%M:%SZ}.",
        reset_at=reset,
    )


async def charge(
    db: Database,
    connection: Connection,
    account: Account,
    plan: Plan,
    *,
    job_id: str,
    minutes: float,
) -> None:
    """Charge a completed job, once: minutes if they suffice, else a credit, else minutes anyway.

    The plan's own credits, which renew, go before those that were granted.
    Call it in the transaction that completes the job, with the account locked.
    """
    used, by_plan = await charged(db, connection, account, plan)
    beyond = used + minutes > plan.minutes_per_month + TOLERANCE_MIN
    by_credit = beyond and (by_plan > 0 or account.credits > 0)
    granted = int(by_credit and by_plan == 0)
    booked = await connection.fetchval(
        db.sql["charge"],
        job_id,
        account.account_id,
        0.0 if by_credit else minutes,
        int(by_credit),
        granted,
    )
    if booked is not None and granted:
        await connection.execute(db.sql["take_credits"], account.account_id, granted)
