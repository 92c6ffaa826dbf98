"""klipfast: clips of talks, made by a server (submit, watch, …) or on this machine (clips, …).

The subcommands that work here are those of `python -m pipeline`. With --json a subcommand prints
JSON alone, one line a result. Exit codes: 0 done, 1 it could not be done (the reason is on stderr),
2 the words of the call are wrong, 130 interrupted. Nothing here loads torch; the pipeline's
subcommands do, when they run.
"""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from klipfast_server.cli import client_commands
from pipeline.cli import arguments
from pipeline.cli import commands as pipeline_commands

DEFAULT_SERVER = "http://127.0.0.1:8080"


def main(words: Sequence[str] | None = None) -> int:
    """Run one subcommand; the exit code."""
    call = build_parser().parse_args(words)
    return client_commands.run(call) if "key" in call else pipeline_commands.run(call)


def build_parser() -> argparse.ArgumentParser:
    """All subcommands: those that ask a server, and the pipeline's."""
    parser = argparse.ArgumentParser(
        prog="klipfast",
        description="Turns talks into short vertical clips.",
        epilog="submit, watch, list, get, download and usage ask a server (--server, "
        "KLIPFAST_SERVER) with a key (--key, KLIPFAST_KEY); the others work on this machine.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    common = _common()
    submit = _add(commands, common, "submit", "hand in a talk: a file, or its URL")
    submit.add_argument("source", metavar="FILE|URL")
    submit.add_argument("--watch", action="store_true", help="follow the job to its end")
    _add_download(submit, "--download", required=False)
    arguments.add_clips(submit, styles=None)
    arguments.add(submit)
    watch = _add(commands, common, "watch", "follow a job to its end")
    watch.add_argument("job_id")
    _add_download(watch, "--download", required=False)
    listed = _add(commands, common, "list", "the account's jobs, newest first")
    listed.add_argument(
        "--limit", type=arguments.count, default=20, metavar="N", help="at most so many (20)"
    )
    get = _add(commands, common, "get", "how a job stands, and its clips so far")
    get.add_argument("job_id")
    download = _add(commands, common, "download", "save a job's clips, thumbnails and texts")
    download.add_argument("job_id")
    _add_download(download, "--out", "-o", required=True)
    _add(commands, common, "usage", "what the plan gives, and what is used of it")
    pipeline_commands.add_to(commands)
    return parser


def _common() -> argparse.ArgumentParser:
    """What every subcommand that asks a server takes."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--server",
        default=os.environ.get("KLIPFAST_SERVER") or DEFAULT_SERVER,
        metavar="URL",
        help=f"its address (default: KLIPFAST_SERVER, or {DEFAULT_SERVER})",
    )
    common.add_argument(
        "--key",
        default=os.environ.get("KLIPFAST_KEY", ""),
        help="an API key; better KLIPFAST_KEY, which no list of processes shows",
    )
    common.add_argument("--json", action="store_true", help="JSON alone, one line a result")
    return common


def _add(
    commands: "pipeline_commands.Subparsers", common: argparse.ArgumentParser, name: str, told: str
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=told, description=told, parents=[common])
    parser.set_defaults(action=name)
    return parser


def _add_download(parser: argparse.ArgumentParser, *names: str, required: bool) -> None:
    parser.add_argument(
        *names,
        dest="out",
        type=Path,
        metavar="DIR",
        required=required,
        help="save clips, thumbnails and texts in this folder",
    )
