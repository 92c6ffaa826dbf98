"""klipfast-server: runs a server and manages the access to it."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from importlib.metadata import version
from pathlib import Path

from klipfast_server.cli import (
    account_commands,
    administration,
    audit_command,
    checkup,
    data_lock,
    operating,
    parsing,
    ports,
    retention_command,
    server_process,
    startup_checks,
    supervisor,
)
from klipfast_server.cli.parsing import Command, Parser, flag, option
from klipfast_server.core import config
from klipfast_server.core.config import Config
from klipfast_server.core.setting_names import ConfigError
from klipfast_server.files.storage import StorageError
from klipfast_server.operate.backup_archive import BackupError
from klipfast_server.store.database import DatabaseError
from klipfast_server.telemetry import logs
from pipeline.core.errors import ModelUnavailable


def main(words: Sequence[str] | None = None) -> int:
    """Return the exit code: 0 success, 1 error on stderr, 2 invalid arguments, 130 interrupted."""
    call = build_parser().parse_args(words)
    try:
        loaded = config.load(getattr(call, "config", None))
        logs.configure(loaded.server)
        return _run(call, loaded)
    except (ConfigError, DatabaseError, StorageError, BackupError, ModelUnavailable) as error:
        if call.run == checkup.run:
            return checkup.refused(error, as_json=call.as_json)
        print(f"klipfast-server: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _run(call: argparse.Namespace, loaded: Config) -> int:
    options = {name: value for name, value in vars(call).items() if name not in ("config", "run")}
    if call.run == checkup.run:
        return checkup.run(loaded, **options)
    if call.run == serve or not loaded.database.url:
        config.make_data_dir(loaded)
    if call.run == serve:
        return serve(loaded, getattr(call, "config", None), **options)
    code: int = asyncio.run(call.run(loaded, **options))
    return code


def serve(loaded: Config, file: Path | None, *, no_supervisor: bool, heartbeat: int | None) -> int:
    """Run the server until it is interrupted, and start it again if it crashes.

    `file`: the settings', for that process. Raises ConfigError, ModelUnavailable.
    """
    if heartbeat is None:  # not below a supervisor, which has looked
        with _sole(loaded):
            ports.check(loaded.server)
        if not no_supervisor:  # the server's own process checks the weights
            return supervisor.supervise(
                supervisor.server_command([] if file is None else ["--config", str(file)]),
                stall_s=loaded.lanes.stall_s,
                grace_s=3 * loaded.server.shutdown_grace_s,  # requests, stages, and the rest
            )
    with _sole(loaded):
        startup_checks.check_settings(loaded)
        startup_checks.check_weights(loaded)
        return server_process.run(loaded, heartbeat)


def _sole(loaded: Config) -> AbstractContextManager[None]:
    """Return what holds the data directory, if its database is one that servers cannot share."""
    return nullcontext() if loaded.database.url else data_lock.held(loaded.server.data_dir)


NAME = option("name", metavar="NAME")
ACCOUNT = option("--account", metavar="NAME", required=True)
JSON = flag("--json", "print one JSON object", dest="as_json")
GROUPS = {
    "keys": "API keys: create, link, list, revoke",
    "accounts": "accounts: list, show, set-plan, credit, export, delete",
}
COMMANDS = (
    Command(
        "serve",
        serve,
        flag("--no-supervisor", "one process, which ends where it crashes: others start it again"),
        option("--heartbeat", argparse.SUPPRESS, type=int),  # see cli.supervisor
    ),
    Command("migrate", administration.migrate),
    Command("check", checkup.run, JSON),
    Command(
        "backup",
        operating.save,
        option("--to", "a new file, or a folder", "FILE|DIR", type=Path, required=True),
    ),
    Command(
        "restore",
        operating.put_back,
        option("--from", metavar="FILE", dest="source", type=Path, required=True),
    ),
    Command(
        "drain", operating.drain, flag("--wait", "return once no server works on a job any more")
    ),
    Command("resume", operating.resume),
    Command(
        "retention",
        retention_command.run,
        flag("--dry-run", "change nothing: tell what would be deleted"),
        JSON,
    ),
    Command(
        "audit",
        audit_command.run,
        option("--account", "only what was about this account", "NAME"),
        option("--since", "2026-11-28, 2026-11-28T14:30Z (UTC), or 7d, 12h, 30m ago", "TIME"),
        flag("--json", "print one JSON object a line", dest="as_json"),
    ),
    Command(
        "keys create",
        administration.create_key,
        ACCOUNT,
        option("--plan", "the account's plan (default: as it is)", "PLAN", dest="plan_name"),
        option("--name", "a label to distinguish the account's keys", default=""),
    ),
    Command(
        "keys link",
        administration.print_link,
        option("--account", "whose page it is; needed where there are several", "NAME"),
    ),
    Command("keys list", administration.list_keys),
    Command("keys revoke", administration.revoke_key, option("key_id")),
    Command("accounts list", administration.list_accounts),
    Command("accounts show", account_commands.show, NAME),
    Command(
        "accounts set-plan", administration.set_plan, NAME, option("plan_name", metavar="PLAN")
    ),
    Command(
        "accounts credit",
        administration.grant_credits,
        NAME,
        option("count", "how many; -5 takes five of them away", "COUNT", type=int),
    ),
    Command(
        "accounts export",
        account_commands.export,
        NAME,
        option("--to", "a new or an empty folder", "DIR", type=Path, required=True),
    ),
    Command(
        "accounts delete",
        account_commands.delete,
        NAME,
        flag("--yes", "do not ask for the name again", dest="is_sure"),
    ),
)


def build_parser() -> argparse.ArgumentParser:
    """Build the parser with all subcommands, each with --config."""
    common = Parser(add_help=False)
    common.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        default=argparse.SUPPRESS,  # so that it may come before the command or after it
        help="settings that differ from the defaults (default: config.toml in this folder, if any)",
    )
    parser: argparse.ArgumentParser = Parser(
        prog="klipfast-server",
        description="Runs a KlipFast server and manages the access to it.",
        parents=[common],
    )
    parser.add_argument(
        "--version", action="version", version=f"klipfast-server {version('klipfast')}"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    parsing.add(commands, COMMANDS, common, GROUPS)
    return parser
