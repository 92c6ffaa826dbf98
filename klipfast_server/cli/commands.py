"""klipfast: makes clips of talks, on a server (submit, watch, …) or on this machine (clips, …).

The local subcommands are those of `python -m pipeline`. With --json a subcommand prints only JSON,
one line per result. Exit codes: 0 success, 1 failure (the reason is on stderr), 2 invalid
arguments, 130 interrupted. Nothing here loads torch; the pipeline's subcommands do, when they run.
"""

import argparse
import os
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import get_args

from klipfast_server.cli import client_commands, feedback_commands, mcp_command
from pipeline.cli import arguments
from pipeline.cli import commands as pipeline_commands
from pipeline.core.brand import FileKind
from pipeline.core.data import AspectRatio
from pipeline.core.texts import TEXT_KINDS, TextFormat
from pipeline.export.chapters import ChapterFormat

DEFAULT_SERVER = "http://127.0.0.1:8080"


def main(words: Sequence[str] | None = None) -> int:
    """Run one subcommand and return the exit code."""
    call = build_parser().parse_args(words)
    if "http" in call:
        return mcp_command.run(call)
    return client_commands.run(call) if "key" in call else pipeline_commands.run(call)


def build_parser() -> argparse.ArgumentParser:
    """Build the parser with all subcommands: the server's and the pipeline's."""
    parser = argparse.ArgumentParser(
        prog="klipfast",
        description="Turns talks into short vertical clips.",
        epilog="submit, watch, list, get, download, archive, reel, speakers, corrections, "
        "chapters, texts, brands, feedback, usage and mcp use a server (--server, KLIPFAST_SERVER) "
        "with a key (--key, KLIPFAST_KEY); the others run on this machine.",
    )
    parser.add_argument("--version", action="version", version=f"klipfast {version('klipfast')}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    server = _server()
    common = _common(server)
    submit = _add(commands, common, "submit", "submit a talk: a file, or its URL")
    submit.add_argument("source", metavar="FILE|URL")
    submit.add_argument("--watch", action="store_true", help="follow the job to its end")
    submit.add_argument("--brand", metavar="ID", help="a brand for the clips, from klipfast brands")
    _add_download(submit, "--download", required=False)
    arguments.add_clips(submit, styles=None)
    arguments.add(submit)
    arguments.add_text_kinds(submit)
    arguments.add_texts(submit)
    watch = _add(commands, common, "watch", "follow a job to its end")
    watch.add_argument("job_id")
    _add_download(watch, "--download", required=False)
    listed = _add(commands, common, "list", "list the account's jobs, newest first")
    listed.add_argument(
        "--limit", type=arguments.count, default=20, metavar="N", help="maximum number (default 20)"
    )
    get = _add(commands, common, "get", "show a job's status, and its clips so far")
    get.add_argument("job_id")
    download = _add(commands, common, "download", "save a job's clips, thumbnails and texts")
    download.add_argument("job_id")
    _add_download(download, "--out", "-o", required=True)
    archive = _add(commands, common, "archive", "save all results of an ended job as a ZIP file")
    archive.add_argument("job_id")
    archive.add_argument("--out", "-o", type=Path, required=True, metavar="FILE.zip")
    _add_reel(_add(commands, common, "reel", "join the best moments of a job to one clip"))
    speakers = _add(commands, common, "speakers", "show who speaks in a job, or give them names")
    speakers.add_argument("job_id")
    speakers.add_argument(
        "--name",
        dest="names",
        action="append",
        type=_name,
        default=[],
        metavar="LABEL=NAME",
        help='such as "Speaker 1=Rosa Delgado"; without a name the label comes back; repeatable',
    )
    corrections = _add(
        commands, common, "corrections", "show what was misheard in a job's talk, or correct it"
    )
    corrections.add_argument("job_id")
    corrections.add_argument(
        "--word",
        dest="words",
        action="append",
        type=_correction,
        default=[],
        metavar="HEARD=SAID",
        help='such as "Anna Carena=Anna Karenina"; without what was said it is taken back; '
        "repeatable",
    )
    corrections.add_argument(
        "--at", type=float, metavar="SECONDS", help="only the words that start there"
    )
    chapters = _add(commands, common, "chapters", "print the chapters of a job's talk")
    chapters.add_argument("job_id")
    chapters.add_argument(
        "--format",
        choices=get_args(ChapterFormat),
        default="youtube",
        help="of the chapters (default youtube)",
    )
    chapters.add_argument(
        "--count", type=arguments.count, metavar="N", help="how many (default: the clear ones)"
    )
    _add_texts(_add(commands, common, "texts", "show a job's texts, replace or rewrite one"))
    _add_brands(_add(commands, common, "brands", "show, make, change or delete brands"))
    feedback_commands.add_to(
        _add(commands, common, "feedback", "say whether you kept a clip, or show it")
    )
    _add(commands, common, "usage", "show the plan's limits and the usage")
    mcp_command.add_to(
        _add(commands, server, "mcp", "serve KlipFast to assistants (Model Context Protocol)")
    )
    pipeline_commands.add_to(commands)
    return parser


def _add_reel(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("job_id")
    parser.add_argument("--max-seconds", type=float, help="longest reel, s (default 60)")
    parser.add_argument(
        "--clip",
        dest="clips",
        action="append",
        default=[],
        metavar="CLIP",
        help="a clip of the job to join; repeatable (default: the best moments)",
    )
    parser.add_argument("--title", help="title of the reel (default: from its words)")
    parser.add_argument("--style", help="caption style (default: the job's)")
    parser.add_argument("--aspect", choices=get_args(AspectRatio), help="(default: the job's)")
    parser.add_argument("--watch", action="store_true", help="follow the job to its end")
    _add_download(parser, "--download", required=False)


def _add_texts(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("job_id")
    parser.add_argument("kind", nargs="?", choices=TEXT_KINDS, help="the text that is printed")
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
    parser.add_argument("--style", help="caption style of the pictures (default: the job's)")
    parser.add_argument(
        "--brand", metavar="BRAND", help="brand of the pictures, or none (default: the job's)"
    )
    arguments.add_texts(parser)


def _add_brands(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("brand_id", nargs="?", metavar="BRAND")
    parser.add_argument("--new", metavar="NAME", help="make a brand of this name")
    parser.add_argument(
        "--settings", type=Path, metavar="FILE", help="JSON with its settings, as in the API"
    )
    for kind in get_args(FileKind):
        parser.add_argument(
            f"--{kind}", type=Path, metavar="FILE", help=f"upload this file as its {kind}"
        )
    parser.add_argument("--preview", type=Path, metavar="FILE", help="save a picture of it, a PNG")
    parser.add_argument(
        "--aspect", choices=get_args(AspectRatio), help="shape of that picture (default: 9:16)"
    )
    parser.add_argument("--delete", action="store_true", help="delete it with its files")


def _server() -> argparse.ArgumentParser:
    """Build the parser for the options that name a server."""
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
    return server


def _common(server: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """Build the parser for the options of the subcommands that print results."""
    common = argparse.ArgumentParser(add_help=False, parents=[server])
    common.add_argument("--json", action="store_true", help="only JSON, one line per result")
    return common


def _add(
    commands: "pipeline_commands.Subparsers",
    common: argparse.ArgumentParser,
    name: str,
    description: str,
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=description, description=description, parents=[common])
    parser.set_defaults(action=name)
    return parser


def _name(text: str) -> tuple[str, str | None]:
    """Read LABEL=NAME; an empty name is None. Raises ArgumentTypeError."""
    label, equals, name = text.partition("=")
    if not equals or not label.strip():
        raise argparse.ArgumentTypeError(f'{text!r} is not like "Speaker 1=Rosa Delgado"')
    return label.strip(), name.strip() or None


def _correction(text: str) -> tuple[str, str | None]:
    """Read HEARD=SAID; nothing said is None. Raises ArgumentTypeError."""
    heard, equals, said = text.partition("=")
    if not equals or not heard.strip():
        raise argparse.ArgumentTypeError(f'{text!r} is not like "Anna Carena=Anna Karenina"')
    return heard.strip(), said.strip() or None


def _add_download(parser: argparse.ArgumentParser, *names: str, required: bool) -> None:
    parser.add_argument(
        *names,
        dest="out",
        type=Path,
        metavar="DIR",
        required=required,
        help="folder for clips, thumbnails and texts",
    )
