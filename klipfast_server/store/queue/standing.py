"""How the queue stands, over all accounts."""

from collections.abc import Mapping

from msgspec import Struct

from klipfast_server.store.database import Database
from klipfast_server.store.queue import draining


class Standing(Struct, frozen=True, kw_only=True):
    """The jobs of the database; a status that no job has is missing."""

    jobs: Mapping[str, int]  # by status
    lately: Mapping[str, int]  # by status, those that ended in the last 24 hours
    waiting_s: float  # how long the oldest queued job has waited
    is_draining: bool


async def standing(db: Database) -> Standing:
    """Return how the queue stands."""
    rows = await db.pool.fetch(db.sql["jobs_by_status"])
    return Standing(
        jobs={row["status"]: row["jobs"] for row in rows},
        lately={row["status"]: row["lately"] for row in rows},
        waiting_s=await db.pool.fetchval(db.sql["oldest_queued_s"]),
        is_draining=await draining.is_on(db),
    )
