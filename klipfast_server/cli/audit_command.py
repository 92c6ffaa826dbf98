"""klipfast-server audit: print who has changed or been shown what."""

import os
import re
import sys
from datetime import UTC, datetime, timedelta

import msgspec

from klipfast_server.cli.operating import named
from klipfast_server.core.config import Config
from klipfast_server.core.setting_names import ConfigError
from klipfast_server.store import audit, database
from klipfast_server.store.audit import Noted

AGO = re.compile(r"([0-9]{1,5})([dhm])")
UNITS = {"d": "days", "h": "hours", "m": "minutes"}


async def run(loaded: Config, *, account: str | None, since: str | None, as_json: bool) -> int:
    """Print who has changed or been shown what, the newest last.

    Raises ConfigError for an unknown account, or what is no time.
    """
    after = None if since is None else _moment(since, datetime.now(UTC))
    async with database.opened(loaded) as db:
        account_id = None if account is None else (await named(db, account)).account_id
        try:
            async for entry in audit.listed(db, account_id=account_id, since=after):
                print(msgspec.json.encode(entry).decode() if as_json else _line(entry))
            sys.stdout.flush()
        except BrokenPipeError:  # `| head` has read enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _moment(text: str, now: datetime) -> datetime:
    """Return the moment that a text names. Raises ConfigError."""
    if ago := AGO.fullmatch(text):
        return now - timedelta(**{UNITS[ago[2]]: int(ago[1])})
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise ConfigError(
            f"--since {text!r} is no time; 2026-11-28, 2026-11-28T14:30Z or 7d are."
        ) from None


def _line(entry: Noted) -> str:
    """Return an entry as a line; names are quoted, since they are from strangers."""
    key = f"{entry.key_id} {entry.key_name!r}" if entry.key_name else entry.key_id
    parts = (
        f"{entry.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        entry.account or entry.account_id or "-",
        key or entry.actor,
        entry.address,
        entry.action,
        entry.object_id or "-",
        f"made {entry.made_id}" if entry.made_id else "",
        entry.outcome,
        entry.request_id or "",
    )
    return "  ".join(part for part in parts if part)
