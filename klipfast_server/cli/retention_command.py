"""klipfast-server retention: delete what has expired now, or tell what that would be."""

import msgspec

from klipfast_server.cli.operating import megabytes, note
from klipfast_server.core.config import Config
from klipfast_server.operate import kept_files
from klipfast_server.store import database
from klipfast_server.store.database import Database
from klipfast_server.work import expiry, retention
from klipfast_server.work.expiry import Amount, Tally


async def run(loaded: Config, *, dry_run: bool, as_json: bool) -> int:
    """Delete now what has expired, as the running server does by itself."""
    async with database.opened(loaded) as db:
        if dry_run:
            tally = await expiry.survey(db, loaded)
        else:
            async with kept_files.opened_storage(loaded) as storage:
                tally = await retention.sweep(db, storage, loaded)
            await note(db, "retention")
        names = await _names(db, tally)
    if as_json:
        print(_document(tally, names, dry_run=dry_run))
    else:
        _print(tally, names, dry_run=dry_run)
    return 0


async def _names(db: Database, tally: Tally) -> dict[str, str]:
    """Return the accounts' names; one that was deleted meanwhile has its id."""
    ids = {account_id for _, account_id in tally.amounts}
    rows = await db.pool.fetch(db.sql["account_names"], list(ids))
    return {each: each or "-" for each in ids} | {row["account_id"]: row["name"] for row in rows}


def _document(tally: Tally, names: dict[str, str], *, dry_run: bool) -> str:
    listed = [
        {
            "kind": kind,
            "account": names[account_id],
            "account_id": account_id,
            "rows": amount.rows,
            "files": amount.files,
            "bytes": amount.size_bytes,
        }
        for (kind, account_id), amount in _ordered(tally, names)
    ]
    return msgspec.json.encode({"dry_run": dry_run, "expired": listed}).decode()


def _ordered(tally: Tally, names: dict[str, str]) -> list[tuple[tuple[expiry.Kind, str], Amount]]:
    """Return the amounts by kind, in the order in which these go, and by account."""
    kinds = list(dict.fromkeys(kind for kind, _ in tally.amounts))
    return sorted(
        tally.amounts.items(), key=lambda each: (kinds.index(each[0][0]), names[each[0][1]])
    )


def _print(tally: Tally, names: dict[str, str], *, dry_run: bool) -> None:
    if not tally.amounts:
        print("nothing has expired")
        return
    print("would be deleted now:" if dry_run else "deleted:")
    told = ""
    for (kind, account_id), amount in _ordered(tally, names):
        if kind != told:
            print(_line(kind, tally.of(kind)))
            told = kind
        print(_line(f"  {names[account_id]}", amount))


def _line(name: str, amount: Amount) -> str:
    files = f"  {amount.files:>7,} files" if amount.files else " " * 15
    size = f"  {megabytes(amount.size_bytes):>12}" if amount.size_bytes else ""
    return f"{name:30}  {amount.rows:>7,} rows{files}{size}".rstrip()
