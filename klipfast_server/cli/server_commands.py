"""klipfast-server: runs a server and manages the access to it."""

import argparse
import asyncio
import sys
from collections.abc import Coroutine, Sequence
from contextlib import AbstractContextManager, nullcontext
from importlib.metadata import version
from pathlib import Path
from typing import Any

from klipfast_server.cli import (
    account_commands,
    administration,
    audit_command,
    checkup,
    data_lock,
    operating,
    ports,
    retention_command,
    server_process,
    startup_checks,
    supervisor,
)
from klipfast_server.core import config
from klipfast_server.core.config import Config
from klipfast_server.core.setting_names import ConfigError
from klipfast_server.files.storage import StorageError
from klipfast_server.operate.archive import BackupError
from klipfast_server.store.database import DatabaseError
from klipfast_server.telemetry import logs
from pipeline.core.errors import ModelUnavailable


def main(words: Sequence[str] | None = None) -> int:
    """Return the exit code: 0 success, 1 error on stderr, 2 invalid arguments, 130 interrupted."""
    arguments = build_parser().parse_args(words)
    try:
        loaded = config.load(getattr(arguments, "config", None))
        logs.configure(loaded.server)
        return _run(arguments, loaded)
    except (ConfigError, DatabaseError, StorageError, BackupError, ModelUnavailable) as error:
        if arguments.command == "check":
            return checkup.refused(error, as_json=arguments.json)
        print(f"klipfast-server: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def build_parser() -> argparse.ArgumentParser:
    """Build the parser with all subcommands, each with --config."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        default=argparse.SUPPRESS,  # so that it may come before the command or after it
        help="settings that differ from the defaults (default: config.toml in this folder, if any)",
    )
    parser = argparse.ArgumentParser(
        prog="klipfast-server",
        description="Runs a KlipFast server and manages the access to it.",
        parents=[common],
    )
    parser.add_argument(
        "--version", action="version", version=f"klipfast-server {version('klipfast')}"
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    serve = commands.add_parser(
        "serve",
        help="run the server until it is interrupted",
        description="Runs the server until it is interrupted, and starts it again if it crashes.",
        parents=[common],
    )
    serve.add_argument(
        "--no-supervisor",
        action="store_true",
        help="one process, which ends where it crashes: something else starts it again",
    )
    serve.add_argument("--heartbeat", type=int, help=argparse.SUPPRESS)  # see cli.supervisor
    description = "bring the database's tables up to date"
    commands.add_parser("migrate", help=description, description=description, parents=[common])
    check = commands.add_parser(
        "check",
        help="report what this machine can do, and what would keep the server from starting",
        description="Checks settings, system, weights, database and storage; changes nothing.",
        parents=[common],
    )
    check.add_argument("--json", action="store_true", help="print one JSON object")
    operating.add_commands(commands, common)
    retention_command.add_command(commands, common)
    audit_command.add_command(commands, common)
    keys = commands.add_parser("keys", help="API keys: create, link, list, revoke").add_subparsers(
        dest="action", required=True, metavar="ACTION"
    )
    create = keys.add_parser(
        "create", help="create a key; it is shown only once, on the last line", parents=[common]
    )
    create.add_argument("--account", required=True, metavar="NAME")
    create.add_argument(
        "--plan", help="a plan from the settings for the account (default: keep its plan)"
    )
    create.add_argument("--name", default="", help="a label to distinguish the account's keys")
    link = keys.add_parser(
        "link", help="print a link that signs a person into the web page once", parents=[common]
    )
    link.add_argument("--account", required=True, metavar="NAME")
    keys.add_parser("list", help="list all keys, without the secrets", parents=[common])
    revoke = keys.add_parser(
        "revoke", help="revoke a key; it stops working at once", parents=[common]
    )
    revoke.add_argument("key_id")
    accounts = commands.add_parser(
        "accounts", help="accounts: list, show, set-plan, credit, export, delete"
    ).add_subparsers(dest="action", required=True, metavar="ACTION")
    accounts.add_parser("list", help="list accounts with their plans and usage", parents=[common])
    plan = accounts.add_parser("set-plan", help="change an account's plan", parents=[common])
    plan.add_argument("account", metavar="NAME")
    plan.add_argument("plan", metavar="PLAN")
    credit = accounts.add_parser(
        "credit",
        help="grant credits beside those of the plan, which renew by themselves",
        parents=[common],
    )
    credit.add_argument("account", metavar="NAME")
    credit.add_argument(
        "count", type=int, metavar="COUNT", help="how many; -5 takes five of them away"
    )
    account_commands.add_actions(accounts, common)
    return parser


def _run(arguments: argparse.Namespace, loaded: Config) -> int:
    if arguments.command == "check":
        return checkup.run(loaded, as_json=arguments.json)
    if arguments.command == "serve" or not loaded.database.url:
        config.make_data_dir(loaded)
    if arguments.command == "serve":
        return _serve(arguments, loaded)
    return asyncio.run(
        operating.run(arguments, loaded)
        or _keep_house(arguments, loaded)
        or _administer(arguments, loaded)
    )


def _serve(arguments: argparse.Namespace, loaded: Config) -> int:
    if arguments.heartbeat is None:  # not below a supervisor, which has looked
        with _sole(loaded):
            ports.check(loaded.server)
        if not arguments.no_supervisor:
            return _supervise(arguments, loaded)  # the server's own process checks the weights
    with _sole(loaded):
        startup_checks.check_settings(loaded)
        startup_checks.check_weights(loaded)
        return server_process.run(loaded, arguments.heartbeat)


def _sole(loaded: Config) -> AbstractContextManager[None]:
    """Return what holds the data directory, if its database is one that servers cannot share."""
    return nullcontext() if loaded.database.url else data_lock.held(loaded.server.data_dir)


def _keep_house(arguments: argparse.Namespace, loaded: Config) -> Coroutine[Any, Any, int] | None:
    """Return the command that deletes or looks back; None if it is neither."""
    match arguments.command:
        case "retention":
            return retention_command.run(loaded, dry_run=arguments.dry_run, as_json=arguments.json)
        case "audit":
            return audit_command.run(
                loaded, account=arguments.account, since=arguments.since, as_json=arguments.json
            )
    return None


async def _administer(arguments: argparse.Namespace, loaded: Config) -> int:
    match arguments.command, getattr(arguments, "action", ""):
        case "keys", "create":
            account, plan, name = arguments.account, arguments.plan, arguments.name
            action = administration.create_key(loaded, account, plan_name=plan, name=name)
        case "keys", "link":
            action = administration.print_link(loaded, arguments.account)
        case "keys", "list":
            action = administration.list_keys(loaded)
        case "keys", _:
            action = administration.revoke_key(loaded, arguments.key_id)
        case "accounts", "list":
            action = administration.list_accounts(loaded)
        case "accounts", "show":
            action = account_commands.show(loaded, arguments.account)
        case "accounts", "export":
            action = account_commands.export(loaded, arguments.account, arguments.to)
        case "accounts", "delete":
            action = account_commands.delete(loaded, arguments.account, is_sure=arguments.yes)
        case "accounts", "credit":
            action = administration.grant_credits(loaded, arguments.account, arguments.count)
        case "accounts", _:
            action = administration.set_plan(loaded, arguments.account, arguments.plan)
        case _:
            action = administration.migrate(loaded)
    return await action


def _supervise(arguments: argparse.Namespace, loaded: Config) -> int:
    words = ["--config", str(arguments.config)] if "config" in arguments else []
    return supervisor.supervise(
        supervisor.server_command(words),
        stall_s=loaded.lanes.stall_s,
        grace_s=3 * loaded.server.shutdown_grace_s,  # of requests, of stages, and for the rest
    )
