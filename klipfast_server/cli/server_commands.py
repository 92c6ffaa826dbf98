"""klipfast-server: runs a server, and says who may use it."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from aiohttp import web

from klipfast_server.cli import administration
from klipfast_server.core import config
from klipfast_server.core.config import Config
from klipfast_server.core.setting_names import ConfigError
from klipfast_server.store.database import DatabaseError
from klipfast_server.telemetry import logs
from pipeline.core import system_libraries


def main(words: Sequence[str] | None = None) -> int:
    """Exit status: 0 well, 1 with one sentence on stderr, 2 wrong arguments, 130 interrupted."""
    arguments = build_parser().parse_args(words)
    try:
        loaded = config.load(getattr(arguments, "config", None))
        logs.configure(loaded.server)
        return _run(arguments, loaded)
    except (ConfigError, DatabaseError) as error:
        print(f"klipfast-server: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def build_parser() -> argparse.ArgumentParser:
    """All subcommands, each with --config."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        default=argparse.SUPPRESS,  # so that it may stand before the command or after it
        help="settings that differ from the defaults (default: config.toml, if it is here)",
    )
    parser = argparse.ArgumentParser(
        prog="klipfast-server",
        description="Runs a KlipFast server and says who may use it.",
        parents=[common],
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, told in (
        ("serve", "run the server until it is interrupted"),
        ("migrate", "bring the database's tables up to date"),
        ("check", "say whether settings, database and queries are usable"),
    ):
        commands.add_parser(name, help=told, description=told, parents=[common])
    keys = commands.add_parser("keys", help="API keys: create, list, revoke").add_subparsers(
        dest="action", required=True, metavar="ACTION"
    )
    create = keys.add_parser(
        "create", help="make a key; it is shown only now, on the last line", parents=[common]
    )
    create.add_argument("--account", required=True, metavar="NAME")
    create.add_argument(
        "--plan", help="a plan of the settings for the account; left out: the one it is on"
    )
    create.add_argument("--name", default="", help="tells one of the account's keys from another")
    keys.add_parser("list", help="all keys, without the keys themselves", parents=[common])
    revoke = keys.add_parser("revoke", help="make a key useless at once", parents=[common])
    revoke.add_argument("key_id")
    accounts = commands.add_parser("accounts", help="accounts: list, set-plan").add_subparsers(
        dest="action", required=True, metavar="ACTION"
    )
    accounts.add_parser(
        "list", help="each account's plan, and what it has used of it", parents=[common]
    )
    plan = accounts.add_parser("set-plan", help="put an account on a plan", parents=[common])
    plan.add_argument("account", metavar="NAME")
    plan.add_argument("plan", metavar="PLAN")
    return parser


def _run(arguments: argparse.Namespace, loaded: Config) -> int:
    if arguments.command == "serve" or not loaded.database.url:
        config.make_data_dir(loaded)
    if arguments.command == "serve":
        return _serve(loaded)
    return asyncio.run(_administer(arguments, loaded))


async def _administer(arguments: argparse.Namespace, loaded: Config) -> int:
    match arguments.command, getattr(arguments, "action", ""):
        case "keys", "create":
            account, plan, name = arguments.account, arguments.plan, arguments.name
            work = administration.create_key(loaded, account, plan_name=plan, name=name)
        case "keys", "list":
            work = administration.list_keys(loaded)
        case "keys", _:
            work = administration.revoke_key(loaded, arguments.key_id)
        case "accounts", "list":
            work = administration.list_accounts(loaded)
        case "accounts", _:
            work = administration.set_plan(loaded, arguments.account, arguments.plan)
        case _:
            work = administration.check(loaded)
    return await work


def _serve(loaded: Config) -> int:
    try:
        from klipfast_server.app import create_app  # noqa: PLC0415  (imports torch: seconds)
        from klipfast_server.core.engine import PipelineEngine  # noqa: PLC0415
    except ImportError as error:
        if (missing := system_libraries.missing(error)) is None:
            raise
        raise ConfigError(missing) from error
    try:
        web.run_app(
            create_app(loaded, PipelineEngine(loaded.models, loaded.llm)),
            host=loaded.server.host,
            port=loaded.server.port,
            access_log=None,  # middleware.requests writes the line, with the request's id
            shutdown_timeout=loaded.server.shutdown_grace_s,
        )
    except OSError as error:  # such as a port that is in use
        print(f"klipfast-server: {error}", file=sys.stderr)
        return 1
    return 0
