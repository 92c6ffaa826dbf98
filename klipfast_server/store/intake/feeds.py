"""Feeds and their episodes: what was seen, what waits to become a job, when to look again."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec
from msgspec import Struct

from klipfast_server.core import identifiers
from klipfast_server.store.database import Database
from klipfast_server.store.faults import rerun

FORGET_DAYS = 90  # after which an episode that has left its feed is forgotten

State = Literal["old", "waiting", "job", "refused"]


class FeedRow(Struct, frozen=True, kw_only=True):
    """A row of feeds."""

    feed_id: str
    etag: str
    last_modified: str
    read_at: datetime | None
    failures: int
    due_s: float  # seconds until it is to be looked at


class Seen(Struct, frozen=True, kw_only=True):
    """An episode that a feed lists now."""

    guid: str
    url: str
    title: str
    is_wanted: bool  # as a job, if it was not known before


class Waiting(Struct, frozen=True, kw_only=True):
    """An episode that is to become a job."""

    number: int
    url: str
    title: str
    feed: str
    seen_at: datetime


class Episode(Struct, frozen=True, kw_only=True):
    """An episode that became a job, or is to."""

    title: str
    state: Literal["waiting", "job", "refused"]
    job_id: str | None
    seen_at: datetime


class FeedState(Struct, frozen=True, kw_only=True):
    """What is known of a feed."""

    title: str
    read_at: datetime | None
    due_at: datetime
    failures: int
    episodes: list[Episode]  # newest first


async def states(db: Database, account_id: str) -> dict[str, FeedState]:
    """Return what is known of the account's feeds, by their addresses."""
    found = {}
    for row in await db.pool.fetch(db.sql["feeds_of_account"], account_id):
        state = {name: row[name] for name in ("title", "read_at", "due_at", "failures")}
        episodes = msgspec.json.decode(row["episodes"], type=list[Episode])
        found[row["url"]] = FeedState(**state, episodes=episodes)
    return found


async def ensure(db: Database, account_id: str, url: str) -> FeedRow:
    """Return the row of a feed, which is made if it is new."""
    row = await db.pool.fetchrow(db.sql["ensure_feed"], identifiers.new("feed"), account_id, url)
    assert row is not None
    return msgspec.convert(dict(row), FeedRow)


@rerun
async def record(
    db: Database,
    feed_id: str,
    title: str,
    episodes: Sequence[Seen],
    *,
    etag: str,
    last_modified: str,
) -> int:
    """Record what a feed lists, the first to become a job first; how many new ones wait.

    In one transaction with the version that was read: what is not recorded is read again.
    """
    hashes = [hashlib.sha256(episode.guid.encode()).digest() for episode in episodes]
    async with db.pool.acquire() as connection, connection.transaction():
        rows = await connection.fetch(db.sql["known_episodes"], feed_id)
        known = {row["guid"] for row in rows}
        new = {
            guid: episode
            for guid, episode in zip(hashes, episodes, strict=True)
            if guid not in known
        }
        await connection.executemany(
            db.sql["add_episode"],
            [
                (feed_id, guid, e.url, e.title, title, "waiting" if e.is_wanted else "old")
                for guid, e in new.items()
            ],
        )
        await connection.execute(db.sql["forget_episodes"], feed_id, hashes, FORGET_DAYS)
        await connection.execute(db.sql["feed_read"], feed_id, etag, last_modified)
    return sum(episode.is_wanted for episode in new.values())


async def unchanged(db: Database, feed_id: str) -> None:
    """Record that a feed is as it was."""
    await db.pool.execute(db.sql["feed_unchanged"], feed_id)


async def failed(db: Database, feed_id: str) -> None:
    """Record that a feed could not be read."""
    await db.pool.execute(db.sql["feed_failed"], feed_id)


async def due_in(db: Database, feed_id: str, seconds: float) -> None:
    """Look at a feed again in so many seconds, not before, even after a restart."""
    await db.pool.execute(db.sql["feed_due"], feed_id, seconds)


async def waiting(db: Database, feed_id: str) -> list[Waiting]:
    """Return the episodes that are to become jobs, in this order."""
    rows = await db.pool.fetch(db.sql["waiting_episodes"], feed_id)
    return [msgspec.convert(dict(row), Waiting) for row in rows]


async def end(db: Database, episode: Waiting, state: State, job_id: str | None = None) -> None:
    """Record what has become of an episode."""
    await db.pool.execute(db.sql["end_episode"], episode.number, state, job_id)
