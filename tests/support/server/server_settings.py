"""The settings of a test's server, and its database."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
from project_paths import ROOT

if TYPE_CHECKING:
    from klipfast_server.core.config import Config


async def execute(url: str, sql: str) -> None:
    """Run a statement outside of a transaction."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


def load_config(database_url: str, folder: Path) -> "Config":
    """config.toml as it is shipped, with times that suit a test; `folder` gets its data."""
    import msgspec

    config = _shipped()
    (folder / "data").mkdir()
    return msgspec.structs.replace(
        config,
        server=msgspec.structs.replace(config.server, data_dir=folder / "data"),
        database=msgspec.structs.replace(config.database, url=database_url),
    )


@cache
def _shipped() -> "Config":
    from klipfast_server.core.config import load

    environ = {
        "KLIPFAST_SECRET": "for tests",
        "KLIPFAST__DATABASE__POOL_SIZE": "4",
        "KLIPFAST__LANES__PROGRESS_S": "0.02",
        "KLIPFAST__LANES__POLL_S": "0.2",
        "KLIPFAST__LANES__LEASE_S": "3",
        "KLIPFAST__LANES__ENCODE": "1",
        "KLIPFAST__SERVER__SHUTDOWN_GRACE_S": "5",
    }
    return load(ROOT / "config.toml", environ)
