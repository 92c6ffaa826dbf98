"""klipfast-server accounts show, export and delete."""

import sys
from datetime import UTC, datetime
from pathlib import Path

from klipfast_server.cli.operating import MAX_TOLD, Progress, megabytes, named, note, operator
from klipfast_server.core.config import Config, Plan
from klipfast_server.core.setting_names import ConfigError
from klipfast_server.operate import account_data, kept_files
from klipfast_server.operate.backup_archive import BackupError
from klipfast_server.store import accounts, database, usage

STATUSES = ("queued", "processing", "completed", "failed", "canceled")


async def show(loaded: Config, name: str) -> int:
    """Show an account's plan, usage, keys, jobs and storage.

    Raises ConfigError.
    """
    first, _ = usage.period(datetime.now(UTC))
    async with database.opened(loaded) as db:
        account = await named(db, name)
        used = await accounts.list_accounts(db, usage.midnight(first))
        this = next(each for each in used if each.account_id == account.account_id)
        rows = await db.pool.fetch(db.sql["account_jobs"], account.account_id)
        keys = await db.pool.fetchval(db.sql["account_keys"], account.account_id)
        kept = await db.pool.fetchrow(db.sql["account_bytes"], account.account_id)
    assert kept is not None
    plan = loaded.plans.get(account.plan)
    jobs = {row["status"]: row["jobs"] for row in rows}
    told = ", ".join(f"{jobs[status]} {status}" for status in STATUSES if status in jobs)
    minutes, storage = limits(plan)
    own = 0 if plan is None else max(0, plan.credits - this.credits_used)
    print(f"account   {account.account_id}  {account.name}")
    print(f"plan      {account.plan}" + (" (not in the settings any more)" if not plan else ""))
    print(f"minutes   {usage.used_of(f'{this.minutes_used:.1f}', minutes, 'min')} since {first}")
    print(f"credits   {own} of the plan, {account.credits} granted")
    print(f"keys      {keys} valid")
    print(f"jobs      {told or 'none'}")
    print(f"storage   {usage.used_of(f'{this.storage_bytes / 1e6:,.1f}', storage, 'MB')}")
    for what, size in (("clips", "clip"), ("uploads", "upload"), ("brands", "brand")):
        print(f"          {kept[what]} {what}, {megabytes(kept[f'{size}_bytes'])}")
    return 0


def limits(plan: Plan | None) -> tuple[int | None, int | None]:
    """Return a plan's limits of minutes and of megabytes; unknown if it is in no settings."""
    return (None, None) if plan is None else (plan.minutes_per_month, plan.storage_mb)


async def export(loaded: Config, name: str, to: Path) -> int:
    """Write everything of an account to a folder: rows as JSON Lines, and files.

    Raises ConfigError or BackupError.
    """
    progress = Progress("written")
    async with kept_files.opened_storage(loaded) as storage, database.opened(loaded) as db:
        account = await named(db, name)
        try:
            # Before it: whatever becomes of it, somebody has had a part of it.
            await note(db, "accounts export", account_id=account.account_id)
            made = await account_data.export(
                loaded, db, storage, account_id=account.account_id, to=to, told=progress.add
            )
        finally:
            progress.clear()
    for missing in made.missing[:MAX_TOLD]:
        print(f"klipfast-server: {missing} is not there (deleted meanwhile?)", file=sys.stderr)
    rows = sum(made.rows.values())
    print(f"{to}  {rows:,} rows  {made.files:,} files ({megabytes(made.file_bytes)})")
    return 0


async def delete(loaded: Config, name: str, *, is_sure: bool) -> int:
    """Delete an account with its keys, jobs, rows and files; only a backup brings them back.

    Raises ConfigError where settings name it, and BackupError.
    """
    users = [(f"feeds[{n}]", feed.account) for n, feed in enumerate(loaded.feeds)]
    users += [(f"folders[{n}]", folder.account) for n, folder in enumerate(loaded.folders)]
    for where, other in users:
        if other == name:
            raise ConfigError(f"{where}.account is {name}; remove it from the settings first.")
    async with kept_files.opened_storage(loaded) as storage, database.opened(loaded) as db:
        account = await named(db, name)
        if not is_sure and not _confirmed(name):
            print("klipfast-server: nothing was deleted.", file=sys.stderr)
            return 1
        try:
            gone = await account_data.delete(loaded, db, storage, account.account_id, by=operator())
        except BackupError:  # its keys are deleted, and its jobs are canceled
            await note(db, "accounts delete", account_id=account.account_id, outcome="failed")
            raise
    print(f"{name} ({account.account_id}) is deleted, with {gone.jobs} jobs and all its files")
    if gone.left:
        print(
            f"klipfast-server: the storage has not deleted {gone.left} of its folders yet; the "
            "running server goes on trying.",
            file=sys.stderr,
        )
        return 1
    return 0


def _confirmed(name: str) -> bool:
    if not sys.stdin.isatty():
        raise ConfigError("accounts delete asks on a terminal; elsewhere it needs --yes.")
    try:
        typed = input(f"Everything of {name} will be deleted. Type its name to go on: ")
    except EOFError:  # Ctrl-D
        print()
        return False
    return typed.strip() == name
