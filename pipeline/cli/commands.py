"""The command line: clips, transcripts, rankings and crop paths from files, without a server.

    python -m pipeline [clips] FILE -o DIR      clips is the default subcommand
    python -m pipeline transcribe FILE… --format json|srt|vtt|txt
    python -m pipeline rank TRANSCRIPT.json…
    python -m pipeline write TRANSCRIPT.json… [-o DIR]
    python -m pipeline reframe FILE --start S --end S

With --json a subcommand prints only JSON, one line per file. Exit codes: 0 success, 1 a file could
not be processed (the reason is on stderr), 2 invalid arguments, 130 interrupted.
"""

import argparse
import logging
import signal
import sys
import threading
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.captions.styles.style import style_names
from pipeline.cli import arguments
from pipeline.core import system_libraries
from pipeline.core.control import Control
from pipeline.core.errors import Canceled, PipelineError, WrongInput

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

ACTIONS = {  # the module of each subcommand
    "clips": "making_clips",
    "transcribe": "transcribing",
    "rank": "ranking",
    "write": "writing",
    "reframe": "reframing",
}
COMMANDS = tuple(ACTIONS)


def main(words: Sequence[str] | None = None) -> int:
    """Run one subcommand and return the exit code."""
    words = list(sys.argv[1:] if words is None else words)
    if words and words[0] not in (*COMMANDS, "-h", "--help"):
        words.insert(0, "clips")
    parser = argparse.ArgumentParser(prog="python -m pipeline", description="Talks to clips.")
    add_to(parser.add_subparsers(required=True, metavar="|".join(COMMANDS)))
    return run(parser.parse_args(words))


def run(call: argparse.Namespace) -> int:
    """Run a parsed subcommand and return the exit code."""
    logging.basicConfig(level=call.log_level.upper(), format="%(name)s: %(message)s")
    control = Control(cancel=threading.Event())
    signal.signal(signal.SIGINT, lambda *_: _interrupt(control))
    try:
        # only now, and no other: they load torch, which takes seconds
        action = import_module(f"pipeline.cli.{ACTIONS[call.action]}")
        code: int = action.run(call, control)
        return code
    except Canceled:
        print("Interrupted; no partial files were left behind.", file=sys.stderr)
        return 130
    except (PipelineError, WrongInput, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except ImportError as error:
        if (missing := system_libraries.missing(error)) is None:
            raise
        print(f"error: {missing}", file=sys.stderr)
        return 1


def _interrupt(control: Control) -> None:
    """Ask the stages to stop; a second Ctrl-C stops at once."""
    control.cancel.set()
    signal.signal(signal.SIGINT, signal.default_int_handler)


def add_to(commands: "Subparsers") -> None:
    """Add the five subcommands to a parser; pass the parsed arguments to `run`."""
    clips = commands.add_parser("clips", help="make clips from a file")
    clips.add_argument("file", type=Path)
    clips.add_argument("-o", "--out", type=Path, required=True, help="folder for the clips")
    arguments.add_clips(clips, styles=style_names())
    clips.set_defaults(action="clips")
    transcribe = commands.add_parser("transcribe", help="print a transcript")
    transcribe.add_argument("files", type=Path, nargs="+", metavar="file")
    transcribe.add_argument("--format", choices=("json", "srt", "vtt", "txt"), default="txt")
    transcribe.set_defaults(action="transcribe")
    rank = commands.add_parser("rank", help="choose highlights from a transcript alone")
    rank.add_argument("files", type=Path, nargs="+", metavar="transcript.json")
    rank.add_argument(
        "--count", type=arguments.count, help="maximum number (default: depends on the length)"
    )
    arguments.add_wishes(rank)
    rank.set_defaults(action="rank")
    write = commands.add_parser("write", help="write texts from a transcript")
    write.add_argument("files", type=Path, nargs="+", metavar="transcript.json")
    write.add_argument(
        "-o",
        "--out",
        type=Path,
        metavar="DIR",
        help="save each text in a file there, and quote cards as pictures, too",
    )
    write.set_defaults(action="write")
    path = commands.add_parser("reframe", help="print the crop path of a range, in source pixels")
    path.add_argument("file", type=Path)
    path.add_argument("--start", type=float, required=True, help="seconds")
    path.add_argument("--end", type=float, required=True, help="seconds")
    path.add_argument("--aspect", choices=("9:16", "1:1", "4:5", "16:9"), default="9:16")
    path.add_argument(
        "--preview",
        type=Path,
        metavar="OUT.mp4",
        help="save a video of this range with faces, speakers and crop drawn on it",
    )
    path.set_defaults(action="reframe")
    for command in (clips, transcribe):
        arguments.add(command)
    for command in (clips, write):
        arguments.add_text_kinds(command)
        arguments.add_texts(command)
    for command in (clips, rank, write):
        arguments.add_judge(command)
    for command in (clips, path):
        arguments.add_active_speaker(command)
    for command in (clips, transcribe, rank, write, path):
        command.add_argument("--json", action="store_true", help="only JSON, one line per file")
        command.add_argument(
            "--log-level",
            type=str.lower,
            choices=("debug", "info", "warning", "error"),
            default="warning",
        )
