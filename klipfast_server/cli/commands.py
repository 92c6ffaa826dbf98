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
from typing import get_args

from klipfast_client.models import Verdict
from klipfast_server.cli import (
    brand_commands,
    client_commands,
    mcp_command,
    parsing,
    text_commands,
)
from klipfast_server.cli.parsing import Command, flag, option, repeated
from pipeline.cli import arguments
from pipeline.cli import commands as pipeline_commands
from pipeline.core.data import AspectRatio
from pipeline.core.texts import TEXT_KINDS, TextFormat
from pipeline.export.chapter_files import ChapterFormat

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
        help="format of the printed text (default: as published)",
    )
    does.add_argument(
        "--set",
        dest="own",
        type=arguments.text_file,
        metavar="FILE",
        help="replace the text with your own; lists anything that is not in the talk",
    )
    does.add_argument(
        "--write", action="store_true", help="regenerate it, with the options below, and print it"
    )
    does.add_argument(
        "--pictures",
        type=Path,
        metavar="DIR",
        help="save the quotations of quote_cards as pictures, 4:5 and square",
    )
    arguments.add_texts(parser)


JOB = option("job_id")
WATCH = flag("--watch", "follow the job to its end")
FOLDER = ("folder for clips, thumbnails and texts", "DIR")
DOWNLOAD = option("--download", *FOLDER, dest="out", type=Path)
SHAPES = get_args(AspectRatio)
SPEAKER, MISHEARD = '"Speaker 1=Rosa Delgado"', '"Anna Carena=Anna Karenina"'
COMMANDS = (
    Command(
        "submit",
        client_commands.submit,
        option("source", metavar="FILE|URL"),
        WATCH,
        option("--brand", "a brand for the clips, from klipfast brands", "ID"),
        DOWNLOAD,
        extend=_add_job_options,
    ),
    Command("watch", client_commands.watch, JOB, DOWNLOAD),
    Command(
        "list",
        client_commands.list_jobs,
        option("--limit", "maximum number (default 20)", "N", type=arguments.count, default=20),
    ),
    Command("get", client_commands.get, JOB),
    Command(
        "download",
        client_commands.download,
        JOB,
        option("--out -o", *FOLDER, type=Path, required=True),
    ),
    Command(
        "archive",
        client_commands.archive,
        JOB,
        option("--out -o", metavar="FILE.zip", type=Path, required=True),
    ),
    Command(
        "reel",
        client_commands.reel,
        JOB,
        option("--max-seconds", "longest reel, s (default 60)", type=float),
        repeated("--clip", "clips", "CLIP", "a clip of the job; repeatable (default: the best)"),
        option("--title", "title of the reel (default: from its words)"),
        option("--style", "caption style (default: the job's)"),
        option("--aspect", "(default: the job's)", choices=SHAPES),
        WATCH,
        DOWNLOAD,
    ),
    Command(
        "speakers",
        client_commands.speakers,
        JOB,
        repeated(
            *("--name", "names", "LABEL=NAME"),
            f"such as {SPEAKER}; an empty name restores the label; repeatable",
            type=_pair(SPEAKER),
        ),
    ),
    Command(
        "corrections",
        client_commands.corrections,
        JOB,
        repeated(
            *("--word", "words", "HEARD=SAID"),
            f"such as {MISHEARD}; nothing after = undoes it; repeatable",
            type=_pair(MISHEARD),
        ),
        option("--at", "only the words that start at this time", "SECONDS", type=float),
    ),
    Command(
        "chapters",
        client_commands.chapters,
        JOB,
        option("--format", "(default youtube)", choices=get_args(ChapterFormat), default="youtube"),
        option(
            "--count", "number of chapters (default: the clear ones)", "N", type=arguments.count
        ),
    ),
    Command(
        "texts",
        text_commands.texts,
        JOB,
        option("kind", "the text that is printed", nargs="?", choices=TEXT_KINDS),
        option("--style", "caption style of the pictures (default: the job's)"),
        option("--brand", "brand of the pictures, or none (default: the job's)", "BRAND"),
        extend=_add_text_actions,
    ),
    Command(
        "brands",
        brand_commands.brands,
        option("brand_id", metavar="BRAND", nargs="?"),
        option("--new", "make a brand of this name", "NAME"),
        option("--settings", "its settings: JSON, as in the API", "FILE", type=Path),
        *(
            option(f"--{kind}", f"upload this file as its {kind}", "FILE", type=Path)
            for kind in brand_commands.KINDS
        ),
        option("--preview", "save a preview of it, a PNG", "FILE", type=Path),
        option("--aspect", "aspect ratio of the preview (default: 9:16)", choices=SHAPES),
        flag("--delete", "delete it with its files"),
    ),
    Command(
        "feedback",
        client_commands.feedback,
        option("clip_id"),
        option("verdict", "default: show it", nargs="?", choices=get_args(Verdict)),
    ),
    Command("usage", client_commands.usage),
)
