"""The tables as Postgres describes them, for what is done to all of them alike.

A table that a later migration adds is in every backup and in every account's export without a line
here.
"""

import re
from collections.abc import Sequence
from graphlib import TopologicalSorter
from pathlib import Path

from msgspec import Struct

from klipfast_server.store import database
from klipfast_server.store.database import Connection

CREATED = re.compile(r"^CREATE TABLE (\w+)", re.MULTILINE)
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
    identity: tuple[str, ...]  # those of the columns that Postgres numbers

    @property
    def owned(self) -> str | None:
        """Return the condition for the rows of account $1; None where rows belong to nobody."""
        if self.name in OWNED_FIRST:
            return OWNED_FIRST[self.name]
        return next((OWNED[column] for column in OWNED if column in self.columns), None)


def names(folder: Path) -> set[str]:
    """Return the names of the tables that the migrations make; others share the database."""
    migrations = database.load_migrations(folder)
    return {name for text in migrations.values() for name in CREATED.findall(text)}


async def existing(connection: Connection, ours: set[str]) -> list[Table]:
    """Return our tables that are there, each after those that it refers to."""
    columns: dict[str, list[tuple[str, bool]]] = {}
    for row in await connection.fetch(COLUMNS, sorted(ours)):
        columns.setdefault(row["name"], []).append((row["attname"], row["is_identity"]))
    refers: dict[str, set[str]] = {name: set() for name in sorted(columns)}
    for row in await connection.fetch(REFERENCES, sorted(columns)):
        refers[row["name"]].add(row["target"])
    return [
        Table(
            name=name,
            columns=tuple(column for column, _ in columns[name]),
            identity=tuple(column for column, is_identity in columns[name] if is_identity),
        )
        for name in TopologicalSorter(refers).static_order()
    ]


async def first_with_rows(connection: Connection, tables: Sequence[Table]) -> str | None:
    """Return the name of a table that is not empty; None where all are."""
    for table in tables:
        if await connection.fetchval(f"SELECT EXISTS (SELECT FROM {table.name})"):
            return table.name
    return None


async def migration(connection: Connection) -> int:
    """Return the number of the last migration; 0 where there are no tables."""
    if await connection.fetchval("SELECT to_regclass($1)", MIGRATIONS) is None:
        return 0
    number: int = await connection.fetchval("SELECT coalesce(max(number), 0) FROM migrations")
    return number


COLUMNS = """
SELECT c.relname AS name, a.attname, a.attidentity <> '' AS is_identity
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'
  AND c.relname = ANY ($1::text[]) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY c.relname, a.attnum
"""
REFERENCES = """
SELECT c.relname AS name, f.relname AS target
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class f ON f.oid = k.confrelid
WHERE k.contype = 'f' AND k.conrelid <> k.confrelid
  AND c.relnamespace = current_schema()::regnamespace AND c.relname = ANY ($1::text[])
"""
