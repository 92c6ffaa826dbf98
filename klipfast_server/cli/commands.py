"""klipfast: makes clips of talks, on a server (submit, watch, …) or on this machine (clips, …).

The local subcommands are those of `python -m pipeline`. With --json a subcommand prints only JSON,
one line per result. Exit codes: 0 success, 1 failure (the reason is on stderr), 2 invalid
arguments, 130 interrupted. Nothing here loads torch; the pipeline's subcommands do, when they run.
"""

import argparse
import os
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, get_args

from klipfast_client.models import Verdict
from klipfast_server.cli import (
    brand_commands,
    client_commands,
    mcp_command,
    parsing,
    text_commands,
)
from klipfast_server.cli.parsing import Command, argument
from pipeline.cli import arguments
from pipeline.cli import commands as pipeline_commands
from pipeline.core.data import AspectRatio
from pipeline.core.texts import TEXT_KINDS, TextFormat
from pipeline.export.chapters import ChapterFormat

DEFAULT_SERVER = "http://127.0.0.1:8080"


def main(words: Sequence[str] | None = None) -> int:
    """Run one subcommand and return the exit code."""
    call = build_parser().parse_args(words)
    if "run" not in call:
        return pipeline_commands.run(call)
    return mcp_command.run(call) if "http" in call else client_commands.run(call)


def build_parser() -> argparse.ArgumentParser:
    """Build the parser with all subcommands: the server's and the pipeline's."""
    parser = argparse.ArgumentParser(
        prog="klipfast",
        description="Turns talks into short vertical clips.",
        epilog=f"{', '.join(command.words for command in COMMANDS)} and mcp use a server "
        "(--server, KLIPFAST_SERVER) with a key (--key, KLIPFAST_KEY); the others run on this "
        "machine.",
    )
    parser.add_argument("--version", action="version", version=f"klipfast {version('klipfast')}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    server = argparse.ArgumentParser(add_help=False)
    server.add_argument(
        "--server",
        default=os.environ.get("KLIPFAST_SERVER") or DEFAULT_SERVER,
        metavar="URL",
        help=f"address of the server (default: KLIPFAST_SERVER, or {DEFAULT_SERVER})",
    )
    server.add_argument(
        "--key",
        default=os.environ.get("KLIPFAST_KEY", ""),
        help="API key; prefer KLIPFAST_KEY, which does not show up in process lists",
    )
    common = argparse.ArgumentParser(add_help=False, parents=[server])
    common.add_argument("--json", action="store_true", help="only JSON, one line per result")
    parsing.add(commands, COMMANDS, common)
    parsing.add(commands, [mcp_command.COMMAND], server)
    pipeline_commands.add_to(commands)
    return parser


def _pair(example: str) -> Callable[[str], tuple[str, str | None]]:
    """Return what reads LABEL=TEXT, where no text is None. It raises ArgumentTypeError."""

    def read(text: str) -> tuple[str, str | None]:
        label, equals, other = text.partition("=")
        if not equals or not label.strip():
            raise argparse.ArgumentTypeError(f"{text!r} is not like {example}")
        return label.strip(), other.strip() or None

    return read


def _add_job_options(parser: argparse.ArgumentParser) -> None:
    arguments.add_clips(parser, styles=None)
    arguments.add(parser)
    arguments.add_text_kinds(parser)
    arguments.add_texts(parser)


def _add_text_actions(parser: argparse.ArgumentParser) -> None:
    does = parser.add_mutually_exclusive_group()
    does.add_argument(
        "--format",
        choices=("published", *get_args(TextFormat)),
        default="published",
        help="of the text that is printed (default: as it is published)",
    )
    does.add_argument(
        "--set",
        dest="own",
        type=arguments.text_file,
        metavar="FILE",
        help="put a text of your own there; prints what the talk does not say",
    )
    does.add_argument(
        "--write", action="store_true", help="write it again, with the options below; prints it"
    )
    does.add_argument(
        "--pictures",
        type=Path,
        metavar="DIR",
        help="save the quotations of quote_cards as pictures, upright and square",
    )
    arguments.add_texts(parser)


JOB = argument("job_id")
WATCH = argument("--watch", action="store_true", help="follow the job to its end")
FOLDER: dict[str, Any] = {
    "dest": "out",
    "type": Path,
    "metavar": "DIR",
    "help": "folder for clips, thumbnails and texts",
}
DOWNLOAD = argument("--download", **FOLDER)
OUT = argument("--out", "-o", required=True, **FOLDER)
SPEAKER, MISHEARD = '"Speaker 1=Rosa Delgado"', '"Anna Carena=Anna Karenina"'
COMMANDS = (
    Command(
        "submit",
        client_commands.submit,
        "submit a talk: a file, or its URL",
        (
            argument("source", metavar="FILE|URL"),
            WATCH,
            argument("--brand", metavar="ID", help="a brand for the clips, from klipfast brands"),
            DOWNLOAD,
        ),
        extend=_add_job_options,
    ),
    Command("watch", client_commands.watch, "follow a job to its end", (JOB, DOWNLOAD)),
    Command(
        "list",
        client_commands.list_jobs,
        "list the account's jobs, newest first",
        (
            argument(
                "--limit",
                type=arguments.count,
                default=20,
                metavar="N",
                help="maximum number (default 20)",
            ),
        ),
    ),
    Command("get", client_commands.get, "show a job's status, and its clips so far", (JOB,)),
    Command(
        "download",
        client_commands.download,
        "save a job's clips, thumbnails and texts",
        (JOB, OUT),
    ),
    Command(
        "archive",
        client_commands.archive,
        "save all results of an ended job as a ZIP file",
        (JOB, argument("--out", "-o", type=Path, required=True, metavar="FILE.zip")),
    ),
    Command(
        "reel",
        client_commands.reel,
        "join the best moments of a job to one clip",
        (
            JOB,
            argument("--max-seconds", type=float, help="longest reel, s (default 60)"),
            argument(
                "--clip",
                dest="clips",
                action="append",
                default=[],
                metavar="CLIP",
                help="a clip of the job to join; repeatable (default: the best moments)",
            ),
            argument("--title", help="title of the reel (default: from its words)"),
            argument("--style", help="caption style (default: the job's)"),
            argument("--aspect", choices=get_args(AspectRatio), help="(default: the job's)"),
            WATCH,
            DOWNLOAD,
        ),
    ),
    Command(
        "speakers",
        client_commands.speakers,
        "show who speaks in a job, or give them names",
        (
            JOB,
            argument(
                "--name",
                dest="names",
                action="append",
                type=_pair(SPEAKER),
                default=[],
                metavar="LABEL=NAME",
                help=f"such as {SPEAKER}; without a name the label comes back; repeatable",
            ),
        ),
    ),
    Command(
        "corrections",
        client_commands.corrections,
        "show what was misheard in a job's talk, or correct it",
        (
            JOB,
            argument(
                "--word",
                dest="words",
                action="append",
                type=_pair(MISHEARD),
                default=[],
                metavar="HEARD=SAID",
                help=f"such as {MISHEARD}; without what was said it is taken back; repeatable",
            ),
            argument("--at", type=float, metavar="SECONDS", help="only the words that start there"),
        ),
    ),
    Command(
        "chapters",
        client_commands.chapters,
        "print the chapters of a job's talk",
        (
            JOB,
            argument(
                "--format",
                choices=get_args(ChapterFormat),
                default="youtube",
                help="of the chapters (default youtube)",
            ),
            argument(
                "--count",
                type=arguments.count,
                metavar="N",
                help="how many (default: the clear ones)",
            ),
        ),
    ),
    Command(
        "texts",
        text_commands.texts,
        "show a job's texts, replace or rewrite one",
        (
            JOB,
            argument("kind", nargs="?", choices=TEXT_KINDS, help="the text that is printed"),
            argument("--style", help="caption style of the pictures (default: the job's)"),
            argument(
                "--brand",
                metavar="BRAND",
                help="brand of the pictures, or none (default: the job's)",
            ),
        ),
        extend=_add_text_actions,
    ),
    Command(
        "brands",
        brand_commands.brands,
        "show, make, change or delete brands",
        (
            argument("brand_id", nargs="?", metavar="BRAND"),
            argument("--new", metavar="NAME", help="make a brand of this name"),
            argument(
                "--settings",
                type=Path,
                metavar="FILE",
                help="its settings: JSON, as in the API",
            ),
            *(
                argument(
                    f"--{kind}", type=Path, metavar="FILE", help=f"upload this file as its {kind}"
                )
                for kind in brand_commands.KINDS
            ),
            argument("--preview", type=Path, metavar="FILE", help="save a picture of it, a PNG"),
            argument(
                "--aspect",
                choices=get_args(AspectRatio),
                help="shape of that picture (default: 9:16)",
            ),
            argument("--delete", action="store_true", help="delete it with its files"),
        ),
    ),
    Command(
        "feedback",
        client_commands.feedback,
        "say whether you kept a clip, or show it",
        (
            argument("clip_id"),
            argument("verdict", nargs="?", choices=get_args(Verdict), help="default: show it"),
        ),
    ),
    Command("usage", client_commands.usage, "show the plan's limits and the usage"),
)
