"""python -m klipfast_server serve | migrate | check | keys create, list, revoke."""

import argparse
import asyncio
import sys

from aiohttp import web

from klipfast_server.core import config
from klipfast_server.core.config import Config, ConfigError
from klipfast_server.store import accounts, database
from klipfast_server.store.database import Database, DatabaseError
from klipfast_server.telemetry import logs


def main() -> int:
    """Exit status: 0 well, 1 with one sentence on stderr, 2 wrong arguments."""
    arguments = _parser().parse_args()
    try:
        loaded = config.load()
        logs.configure(loaded.server)
        return _run(arguments, loaded)
    except (ConfigError, DatabaseError) as error:
        print(f"klipfast: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m klipfast_server")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="run the server until it is interrupted")
    commands.add_parser("migrate", help="bring the database's tables up to date")
    commands.add_parser("check", help="say whether settings, database and queries are usable")
    keys = commands.add_parser("keys", help="API keys").add_subparsers(dest="action", required=True)
    create = keys.add_parser("create", help="make a key; it is shown only now, on the last line")
    create.add_argument("--account", required=True, metavar="NAME")
    create.add_argument(
        "--plan", help="a plan of config.toml for the account; left out: the one it is on"
    )
    create.add_argument("--name", default="", help="tells one of the account's keys from another")
    keys.add_parser("list", help="all keys, without the keys themselves")
    keys.add_parser("revoke", help="make a key useless at once").add_argument("key_id")
    return parser


def _run(arguments: argparse.Namespace, loaded: Config) -> int:
    if arguments.command == "serve":
        return _serve(loaded)
    if arguments.command in ("migrate", "check"):
        return asyncio.run(_check(loaded))
    if arguments.action == "create":
        return asyncio.run(_create_key(loaded, arguments))
    if arguments.action == "list":
        return asyncio.run(_list_keys(loaded))
    return asyncio.run(_revoke_key(loaded, arguments.key_id))


def _serve(loaded: Config) -> int:
    from klipfast_server.app import create_app  # noqa: PLC0415  (imports torch: seconds)
    from klipfast_server.core.engine import PipelineEngine  # noqa: PLC0415

    loaded.server.data_dir.mkdir(parents=True, exist_ok=True)
    try:
        web.run_app(
            create_app(loaded, PipelineEngine(loaded.models, loaded.llm)),
            host=loaded.server.host,
            port=loaded.server.port,
            access_log=None,  # middleware.requests writes the line, with the request's id
            shutdown_timeout=loaded.server.shutdown_grace_s,
        )
    except OSError as error:  # such as a port that is in use
        print(f"klipfast: {error}", file=sys.stderr)
        return 1
    return 0


async def _check(loaded: Config) -> int:
    async with database.opened(loaded) as db, db.pool.acquire() as connection:
        version = await connection.fetchval("SHOW server_version")
        for sql in db.sql.values():
            await connection.prepare(sql)
    print(f"settings, Postgres {version} and {len(db.sql)} queries are usable")
    return 0


async def _create_key(loaded: Config, arguments: argparse.Namespace) -> int:
    account, known = arguments.account, f"known: {', '.join(loaded.plans)}"
    async with database.opened(loaded) as db:
        plan_name = arguments.plan or await _plan_of(db, account)
        if plan_name is None:
            raise ConfigError(f"{account} is a new account: name its plan by --plan; {known}.")
        plan = loaded.plans.get(plan_name)
        if plan is None:
            raise ConfigError(f"There is no plan {plan_name!r}; {known}.")
        made = await accounts.create_key(
            db, account=account, plan_name=plan_name, plan=plan, name=arguments.name
        )
    if made.plan_before not in (None, plan_name):
        print(f"the plan of {account} was changed from {made.plan_before} to {plan_name}")
    print(f"key {made.key_id} of {account}, plan {plan_name}; it is shown only now:")
    print(made.key)
    return 0


async def _plan_of(db: Database, name: str) -> str | None:
    account = await accounts.named(db, name)
    return None if account is None else account.plan


async def _list_keys(loaded: Config) -> int:
    async with database.opened(loaded) as db:
        for info in await accounts.list_keys(db):
            state = f"revoked {info.revoked_at:%Y-%m-%d}" if info.revoked_at else "valid"
            used = f"used {info.last_used_at:%Y-%m-%d %H:%M}" if info.last_used_at else "never used"
            print(
                f"{info.key_id}  {info.created_at:%Y-%m-%d}  {info.plan:9} {info.account}  "
                f"{info.name or '-'}  {used}  {state}"
            )
    return 0


async def _revoke_key(loaded: Config, key_id: str) -> int:
    async with database.opened(loaded) as db:
        if await accounts.revoke_key(db, key_id):
            print(f"{key_id} is revoked")
            return 0
    print(f"klipfast: there is no valid key {key_id}.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
