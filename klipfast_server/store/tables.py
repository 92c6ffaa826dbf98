"""The tables as Postgres describes them, for what is done to all of them alike.

A table that a later migration adds is in every backup and in every account's export without a line
here.
"""

import asyncio
import re
from pathlib import Path

from msgspec import Struct

from klipfast_server.store import database
from klipfast_server.store.database import Connection

CREATED = re.compile(r"^CREATE (TABLE|TYPE|FUNCTION) (\w+)", re.MULTILINE)
MIGRATIONS = "migrations"  # the one table whose rows are no data

# How a row belongs to an account, by the first of these columns that its table has.
BY_ACCOUNT = "account_id = $1"
OWNED = {
    "account_id": BY_ACCOUNT,
    "job_id": "job_id IN (SELECT job_id FROM jobs WHERE account_id = $1)",
    "clip_id": "clip_id IN (SELECT clip_id FROM clips WHERE account_id = $1)",
    "brand_id": "brand_id IN (SELECT brand_id FROM brands WHERE account_id = $1)",
}
OWNED_FIRST = {"episodes": "feed_id IN (SELECT feed_id FROM feeds WHERE account_id = $1)"}


class Table(Struct, frozen=True, kw_only=True):
    """A table; the names are quoted by no one, since they come from our migrations."""

    name: str
    columns: tuple[str, ...]  # in their order

    @property
    def owned(self) -> str | None:
        """Return the condition for the rows of account $1; None where rows belong to nobody."""
        if self.name in OWNED_FIRST:
            return OWNED_FIRST[self.name]
        return next((OWNED[column] for column in OWNED if column in self.columns), None)


def names(folder: Path, *kinds: str) -> set[str]:
    """Return the names of what the migrations create; others share the database."""
    migrations = database.load_migrations(folder)
    found = [each for text in migrations.values() for each in CREATED.findall(text)]
    return {name for kind, name in found if kind in (kinds or ("TABLE",))}


async def existing(connection: Connection, ours: set[str]) -> list[Table]:
    """Return our tables that are there."""
    rows = await connection.fetch(COLUMNS, sorted(ours))
    return [Table(name=row["name"], columns=tuple(row["columns"])) for row in rows]


async def count_rows(connection: Connection, ours: set[str]) -> dict[str, int]:
    """Return how many rows each of our tables has that are there."""
    return {
        table.name: await connection.fetchval(f"SELECT count(*) FROM {table.name}")
        for table in await existing(connection, ours)
    }


async def migration(connection: Connection) -> int:
    """Return the number of the last migration; 0 where there are no tables."""
    if await connection.fetchval("SELECT to_regclass($1)", MIGRATIONS) is None:
        return 0
    number: int = await connection.fetchval("SELECT coalesce(max(number), 0) FROM migrations")
    return number


async def drop(connection: Connection, folder: Path) -> None:
    """Drop everything that the migrations create."""
    ours = await asyncio.to_thread(names, folder, "TABLE", "TYPE", "FUNCTION")
    async with connection.transaction():
        for row in await connection.fetch(OBJECTS, [*ours, MIGRATIONS]):
            await connection.execute(f"DROP {row[0]} CASCADE")  # others may go with it


COLUMNS = """
SELECT c.relname AS name, array_agg(a.attname::text ORDER BY a.attnum) AS columns
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'
  AND c.relname = ANY ($1::text[]) AND a.attnum > 0 AND NOT a.attisdropped
GROUP BY c.relname ORDER BY c.relname
"""
# Names of tables, views and sequences that are not ours.
OTHERS = """
SELECT quote_ident(relname) FROM pg_class
WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f')
  AND relname <> ALL ($1::text[])
"""
OBJECTS = """
SELECT 'TABLE IF EXISTS ' || oid::regclass FROM pg_class
WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND relname = ANY ($1)
UNION ALL
SELECT 'FUNCTION IF EXISTS ' || oid::regprocedure FROM pg_proc
WHERE pronamespace = current_schema()::regnamespace AND proname = ANY ($1)
UNION ALL
SELECT 'TYPE IF EXISTS ' || oid::regtype FROM pg_type
WHERE typnamespace = current_schema()::regnamespace AND typtype = 'e' AND typname = ANY ($1)
"""
