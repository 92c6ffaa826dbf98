"""The settings of a test's server, and its database."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
    (folder / "data").mkdir()
    config = changed(_shipped(), "server", data_dir=folder / "data")
    return changed(config, "database", url=database_url)


def changed(config: "Config", section: str, **changes: Any) -> "Config":
    """Return the settings with other values in a section, such as `server` or `plans.pro`."""
    from msgspec.structs import replace

    name, _, plan = section.partition(".")
    if plan:
        plans = config.plans | {plan: replace(config.plans[plan], **changes)}
        return replace(config, plans=plans)
    return replace(config, **{name: replace(getattr(config, name), **changes)})


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
