"""The commands of klipfast-server for whoever runs one: backup, restore, draining, accounts."""

import asyncio
import os
import pwd
import sys
import time
from pathlib import Path

from klipfast_server.core.config import Config
from klipfast_server.core.setting_names import ConfigError
from klipfast_server.operate import backup, restore
from klipfast_server.store import accounts, audit, database
from klipfast_server.store.accounts import Account
from klipfast_server.store.database import Database
from klipfast_server.store.queue import draining

POLL_S = 0.5  # between two looks at the work that is left
SHOW_S = 0.2  # between two lines of progress, on a terminal
MAX_TOLD = 10  # names of missing files


def operator() -> str:
    """Return the user of the system who runs this command, and who has become that by sudo."""
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # in a container
        name = f"uid {os.getuid()}"
    before = os.environ.get("SUDO_USER")
    return f"{name} (sudo {before})" if before else name


async def note(
    db: Database,
    action: str,
    *,
    account_id: str | None = None,
    object_id: str | None = None,
    outcome: str = "done",
) -> None:
    """Note a command in the audit log."""
    entry = audit.command(
        action, by=operator(), outcome=outcome, account_id=account_id, object_id=object_id
    )
    await audit.add(db.sql, db.pool, [entry])


async def named(db: Database, account: str) -> Account:
    """Return the account of this name. Raises ConfigError."""
    found = await accounts.by_name(db, account)
    if found is None:
        raise ConfigError(
            f"There is no account {account!r}; klipfast-server accounts list has them, and "
            "klipfast-server keys create makes one."
        )
    return found


class Progress:
    """One line on stderr that tells how much is done; nothing where nobody watches."""

    def __init__(self, what: str) -> None:
        self._what, self._bytes, self._shown_at = what, 0, 0.0
        self._is_watched = sys.stderr.isatty()

    def add(self, size_bytes: int) -> None:
        """Tell that so many more bytes are done."""
        self._bytes += size_bytes
        if self._is_watched and time.monotonic() - self._shown_at > SHOW_S:
            self._shown_at = time.monotonic()
            print(f"\r{self._what} {megabytes(self._bytes)} ", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Remove the line."""
        if self._is_watched:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def megabytes(size_bytes: int) -> str:
    """Return a size in MB (10⁶ bytes), with thousands separated."""
    return f"{size_bytes / 1e6:,.1f} MB"


async def save(loaded: Config, to: Path) -> int:
    """Write database and files into one archive; the server may run."""
    progress = Progress("saved")
    try:
        made = await backup.make(loaded, to, progress.add, by=operator())
    finally:
        progress.clear()
    facts = made.manifest
    rows = sum(facts.tables.values())
    for name in made.missing[:MAX_TOLD]:
        print(f"klipfast-server: {name} is not there (deleted meanwhile?)", file=sys.stderr)
    if made.missing:
        print(
            f"klipfast-server: {len(made.missing)} files that rows name are not in the backup",
            file=sys.stderr,
        )
    print(
        f"{made.path}  {megabytes(made.size_bytes)}  {rows:,} rows of {len(facts.tables)} tables  "
        f"{facts.files:,} files ({megabytes(facts.file_bytes)})  as of {facts.taken_at}"
    )
    return 0


async def put_back(loaded: Config, source: Path) -> int:
    """Restore a backup into an empty database and data folder; every byte is checked first."""
    progress = Progress("read")
    try:
        facts = await restore.restore(loaded, source, progress.add, by=operator())
    finally:
        progress.clear()
    rows = sum(facts.tables.values())
    print(
        f"restored {rows:,} rows of {len(facts.tables)} tables and {facts.files:,} files "
        f"({megabytes(facts.file_bytes)}) as of {facts.taken_at}, made by KlipFast {facts.version}"
    )
    if facts.missing:
        print(f"klipfast-server: {facts.missing} files were missing then", file=sys.stderr)
    return 0


async def drain(loaded: Config, *, wait: bool) -> int:
    """Let no further job start, until `resume`; those that run are finished, others wait."""
    async with database.opened(loaded) as db:
        await draining.start(db)
        await note(db, "drain")
        left = await draining.in_hand(db)
        told = -1
        while wait and left.working:
            if left.working != told:
                told = left.working
                print(f"{told} in work …", file=sys.stderr, flush=True)
            await asyncio.sleep(POLL_S)
            left = await draining.in_hand(db)
            if not await draining.is_on(db):
                print("klipfast-server: resumed by somebody else meanwhile.", file=sys.stderr)
                return 1
    behind = f", {left.left_behind} left by a stopped server" if left.left_behind else ""
    print(f"draining: {left.working} in work, {left.queued} waiting{behind}")
    return 0


async def resume(loaded: Config) -> int:
    """Let jobs start again: end a drain."""
    async with database.opened(loaded) as db:
        was_on = await draining.stop(db)
        await note(db, "resume")
    print("jobs start again" if was_on else "the server was not draining; jobs start")
    return 0
