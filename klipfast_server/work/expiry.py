"""What has expired, and how much it is: one rule a kind. Finds and measures, and changes nothing.

Rows are read in batches, each after the last row of the one before: a row that cannot be deleted is
left behind and blocks none after it, and no lock is held meanwhile.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import asyncpg

from klipfast_server.core.config import Config
from klipfast_server.store.database import Database
from klipfast_server.store.intake import uploads

Kind = Literal[
    "trash",
    "clips",
    "uploads",
    "unfinished uploads",
    "transcripts",
    "texts",
    "jobs",
    "answers",
    "deliveries",
    "audit entries",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """Rows, the files that they name, and bytes of these, or of what is in the rows."""

    rows: int = 0
    files: int = 0
    size_bytes: int = 0

    def __add__(self, other: "Amount") -> "Amount":
        """Return both together."""
        return Amount(
            rows=self.rows + other.rows,
            files=self.files + other.files,
            size_bytes=self.size_bytes + other.size_bytes,
        )


class Tally:
    """How much of each kind, and of whom."""

    def __init__(self) -> None:
        self.amounts: dict[tuple[Kind, str], Amount] = {}  # by kind and account_id, "" for nobody's

    def add(self, kind: Kind, account_id: str, amount: Amount) -> None:
        """Count more of an account's."""
        self.amounts[kind, account_id] = self.amounts.get((kind, account_id), Amount()) + amount

    def of(self, kind: Kind) -> Amount:
        """Return how much of a kind, of all accounts."""
        return sum((a for (of, _), a in self.amounts.items() if of == kind), Amount())


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Rows of a kind that have expired, by a query that begins after a place: `expires_at`, id."""

    kind: Kind
    query: str
    place: str  # the column that tells rows of one moment apart
    arguments: tuple[Any, ...] = ()  # behind the place


@dataclass(frozen=True, slots=True, kw_only=True)
class Heap:
    """Rows of a kind that nothing else refers to: counted at once, and deleted many at a time."""

    kind: Kind
    count: str
    delete: str
    arguments: tuple[Any, ...] = ()


def rules(config: Config) -> Iterator[Rule]:
    """Yield the rules in the order in which they are followed: what refers to a job before jobs."""
    yield Rule(kind="trash", query="trashed_jobs", place="job_id")
    yield Rule(kind="clips", query="expired_clips", place="clip_id")
    yield Rule(kind="uploads", query="expired_uploads", place="upload_id")
    yield Rule(kind="unfinished uploads", query="expired_partial_uploads", place="upload_id")
    plans = config.plans.items()
    yield from _by_plan(
        "transcripts", "expired_transcripts", {name: plan.transcript_days for name, plan in plans}
    )
    yield from _by_plan(
        "texts", "expired_texts", {name: plan.text_days for name, plan in plans}, place="place"
    )
    yield from _by_plan("jobs", "expired_jobs", {name: plan.job_days for name, plan in plans})


def _by_plan(
    kind: Kind, query: str, days: dict[str, int], *, place: str = "job_id"
) -> Iterator[Rule]:
    """Yield the rule, unless every plan keeps such things for ever, which 0 days are."""
    limited = {name: count for name, count in days.items() if count}
    if limited:
        arguments = (list(limited), list(limited.values()))
        yield Rule(kind=kind, query=query, place=place, arguments=arguments)


def heaps(config: Config) -> Iterator[Heap]:
    """Yield what is deleted many at a time; before jobs, with which deliveries go uncounted."""
    yield Heap(kind="answers", count="count_expired_answers", delete="delete_expired_answers")
    yield Heap(
        kind="deliveries",
        count="count_old_deliveries",
        delete="delete_old_deliveries",
        arguments=(config.webhooks.keep_days,),
    )
    if config.audit.keep_days:
        yield Heap(
            kind="audit entries",
            count="count_old_audit",
            delete="delete_old_audit",
            arguments=(config.audit.keep_days,),
        )


async def expired(db: Database, rule: Rule) -> AsyncIterator[asyncpg.Record]:
    """Yield all rows of a rule, oldest first."""
    place: tuple[datetime, str] = (datetime.min.replace(tzinfo=UTC), "")
    while rows := await db.pool.fetch(db.sql[rule.query], *place, *rule.arguments):
        for row in rows:
            yield row
        place = rows[-1]["expires_at"], rows[-1][rule.place]


async def measure(config: Config, rule: Rule, row: asyncpg.Record) -> Amount:
    """Return how much a row is, before it goes."""
    if rule.kind == "clips":
        return Amount(rows=1, files=len(keys(row)), size_bytes=row["size_bytes"])
    if rule.kind in ("uploads", "unfinished uploads"):
        folder = uploads.folder(config, row["upload_id"])
        return await asyncio.to_thread(_measure_folder, folder)
    # What goes with a job (see sql/retention.sql) is counted by its own rule, or is the job's.
    return Amount(rows=1, size_bytes=0 if rule.kind in ("jobs", "trash") else row["size_bytes"])


def keys(row: asyncpg.Record) -> list[str]:
    """Return the keys of all files of a clip."""
    found = [row["file_key"], row["thumbnail_key"], *row["more_thumbnail_keys"]]
    found += [row["clean_key"], row["layer_key"]]
    return [key for key in found if key is not None]


def _measure_folder(folder: Path) -> Amount:
    sizes: list[int] = []
    with suppress(FileNotFoundError):  # it is gone, or whoever sent it deletes it this moment
        sizes = [path.stat().st_size for path in folder.iterdir()]
    return Amount(rows=1, files=len(sizes), size_bytes=sum(sizes))


async def survey(db: Database, config: Config) -> Tally:
    """Return what the next sweep deletes, and change nothing."""
    tally = Tally()
    for heap in heaps(config):
        for row in await db.pool.fetch(db.sql[heap.count], *heap.arguments):
            tally.add(heap.kind, row["account_id"], Amount(rows=row["rows"]))
    for rule in rules(config):
        async for row in expired(db, rule):
            tally.add(rule.kind, row["account_id"], await measure(config, rule, row))
    return tally
