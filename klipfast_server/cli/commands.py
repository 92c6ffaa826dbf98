"""klipfast: makes clips of talks, on a server (submit, watch, …) or on this machine (clips, …).

The local subcommands are those of `python -m pipeline`. With --json a subcommand prints only JSON,
one line per result. Exit codes: 0 success, 1 failure (the reason is on stderr), 2 invalid
arguments, 130 interrupted. Nothing here loads torch; the pipeline's subcommands do, when they run.
"""

import argparse
import asyncio
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from inspect import iscoroutinefunction
from pathlib import Path
from typing import get_args

import aiohttp
import msgspec

from klipfast_client import ApiError, models
from klipfast_server.cli import (
    brand_commands,
    client_commands,
    login_commands,
    mcp_command,
    parsing,
    text_commands,
)
from klipfast_server.cli.parsing import Command, Failed, Parser, UsageError, flag, option, repeated
from klipfast_server.cli.saved_login import DEFAULT_SERVER
from pipeline.cli import arguments
from pipeline.cli import commands as pipeline_commands
from pipeline.core.texts import TEXT_KINDS, TextFormat
from pipeline.export.chapter_files import ChapterFormat


def main(words: Sequence[str] | None = None) -> int:
    """Run one subcommand and return the exit code."""
    call = build_parser().parse_args(words)
    try:
        if "run" not in call:
            parsing.check_files(getattr(call, "files", None) or [call.file])
            return pipeline_commands.run(call)
        if iscoroutinefunction(call.run):
            asyncio.run(client_commands.run(call))
        else:
            call.run(call)
        return 0
    except (KeyboardInterrupt, asyncio.CancelledError):
        return 130
    except UsageError as error:
        reason, code = str(error), 2
    except (Failed, ApiError, msgspec.DecodeError, aiohttp.ClientError, OSError) as error:
        reason, code = client_commands.explain(error, getattr(call, "server", "")), 1
    print(f"error: {' '.join(reason.split())}", file=sys.stderr)
    return code


def build_parser() -> argparse.ArgumentParser:
    """Build the parser with all subcommands: the server's and the pipeline's."""
    parser: argparse.ArgumentParser = Parser(
        prog="klipfast",
        description="Turns talks into short vertical clips.",
        epilog=f"{', '.join(command.words for command in COMMANDS)} and mcp use a server "
        "(klipfast login, or --server and --key); the others run on this machine.",
    )
    parser.add_argument("--version", action="version", version=f"klipfast {version('klipfast')}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    server = Parser(add_help=False)
    server.add_argument(
        "--server",
        metavar="URL",
        help="address of the server (default: KLIPFAST_SERVER, else that of klipfast login, else "
        f"{DEFAULT_SERVER})",
    )
    server.add_argument(
        "--key",
        help="API key; prefer klipfast login or KLIPFAST_KEY, which do not show up in process "
        "lists",
    )
    common = Parser(add_help=False, parents=[server])
    common.add_argument("--json", action="store_true", help="only JSON, one line per result")
    parsing.add(commands, COMMANDS, common)
    parsing.add(commands, [mcp_command.COMMAND], server)
    parsing.add(commands, [Command("logout", login_commands.logout)], Parser(add_help=False))
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


def _cut(text: str) -> dict[str, float]:
    """Parse a part of the source that a clip does without. Raises ArgumentTypeError."""
    try:
        part = arguments.span(text)
    except argparse.ArgumentTypeError as error:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not START-END, the earlier time first, such as 83.5-86 or 1:23.5-1:26"
        ) from error
    return {"start_seconds": part.start_s, "end_seconds": part.end_s}


def _add_cuts(parser: argparse.ArgumentParser) -> None:
    cuts = parser.add_mutually_exclusive_group()
    cuts.add_argument(
        "--cut",
        dest="cuts",
        action="append",
        type=_cut,
        metavar="START-END",
        help="leave this part of the source out, such as 83.5-86 or 1:23.5-1:26; repeatable; "
        "takes the place of all earlier cuts",
    )
    cuts.add_argument(
        "--no-cuts",
        dest="cuts",
        action="store_const",
        const=(),
        help="restore everything that was cut",
    )


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
        *("--out", "-o", "--pictures"),
        type=Path,
        metavar="DIR",
        help="save the quotations of quote_cards as pictures, 4:5 and square",
    )
    arguments.add_texts(parser)


def _tristate(name: str, help_text: str) -> parsing.Argument:
    """Return an option with its opposite; neither: as it was."""
    return flag(name, help_text, action=argparse.BooleanOptionalAction, default=None)


JOB, CLIP = option("job_id"), option("clip_id")
WATCH = flag("--watch", "follow the job to its end")
FOLDER = ("folder for clips, thumbnails and texts", "DIR")
OUT = option("--out -o --download", *FOLDER, type=Path)
SHAPES = get_args(models.AspectRatio)
# How one clip of a job is made; what is not given is as it was.
LOOK = (
    option("--title", "title of the clip (default: as it was, or from its words)"),
    option("--style", "caption style"),
    option("--aspect", "aspect ratio", choices=SHAPES),
    option("--quality", choices=get_args(models.Quality)),
    option("--layout", "how the picture fills the clip", choices=get_args(models.LayoutChoice)),
    option("--motion", "movement of the camera", choices=get_args(models.Motion)),
    option("--safe-area", "the app whose buttons to avoid", choices=get_args(models.SafeArea)),
    option("--brand", "a brand from klipfast brands, or none", "ID"),
    option("--remove-silences", "shorten pauses", choices=get_args(models.RenderTightening)),
    _tristate("--remove-fillers", "cut um, uh and the like"),
    _tristate("--hook-title", "show the title over the first seconds"),
    _tristate("--emphasis", "highlight key words"),
    _tristate("--emoji", "show the emoji of key words"),
    _tristate("--clean-video", "also save it without captions and title"),
)
SPEAKER, MISHEARD = '"Speaker 1=Rosa Delgado"', '"Anna Carena=Anna Karenina"'
COMMANDS = (
    Command("login", login_commands.login),
    Command(
        "submit",
        client_commands.submit,
        option("source", metavar="FILE|URL"),
        WATCH,
        option("--brand", "a brand for the clips, from klipfast brands", "ID"),
        OUT,
        extend=_add_job_options,
    ),
    Command("watch", client_commands.watch, JOB, OUT),
    Command(
        "list",
        client_commands.list_jobs,
        option("--limit", "maximum number (default 20)", "N", type=arguments.count, default=20),
    ),
    Command("get", client_commands.get, JOB),
    Command("open", client_commands.open_page, JOB),
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
        *LOOK,
        WATCH,
        OUT,
    ),
    Command(
        "render",
        client_commands.render,
        CLIP,
        *LOOK,
        option("--start", "start in the source, s", "SECONDS", type=float),
        option("--end", "end in the source, s", "SECONDS", type=float),
        WATCH,
        OUT,
        extend=_add_cuts,
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
        option("--out -o --preview", "save a preview of it, a PNG", "FILE", type=Path),
        option("--aspect", "aspect ratio of the preview (default: 9:16)", choices=SHAPES),
        flag("--delete", "delete it with its files"),
    ),
    Command(
        "feedback",
        client_commands.feedback,
        CLIP,
        option("verdict", "default: show it", nargs="?", choices=get_args(models.Verdict)),
    ),
    Command("usage", client_commands.usage),
)
