"""Command-line options shared by several subcommands: input, clips, language model, framing."""

import argparse
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args
from urllib.parse import urlsplit

import msgspec

from pipeline.core.data import (
    MOMENT_KINDS,
    LayoutChoice,
    Mode,
    Motion,
    SafeAreaName,
    Span,
    Word,
)
from pipeline.core.errors import WrongInput
from pipeline.core.texts import MAX_HOOKS, TEXT_KINDS, TextLength, TextOptions
from pipeline.core.timecode import to_seconds

_CLOCK = r"(?:(?:(\d+):)?(\d+):)?(\d+(?:\.\d+)?)"


class _Gone(argparse.Action):
    """Refuses --captions-layer, which earlier versions had, and names what to use instead."""

    def __init__(self, option_strings: Sequence[str], dest: str, **kept: Any) -> None:
        super().__init__(option_strings, dest, nargs=0, **kept)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        """Exit with the error."""
        parser.error("--captions-layer was removed; use --clean-video and the captions as a file")


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options of subcommands that transcribe."""
    parser.add_argument("--language", help="ISO 639-1 (default: detected)")
    parser.add_argument(
        "--range",
        type=span,
        metavar="START-END",
        help="process only this part, such as 90-300 or 1:30-5:00",
    )
    parser.add_argument(
        "--transcript",
        type=transcript_file,
        metavar="FILE",
        help="the spoken words (SRT, WebVTT, plain text, or JSON as transcribe prints it), "
        "instead of transcribing",
    )
    parser.add_argument(
        "--vocabulary",
        type=names,
        default=(),
        metavar="A,B,…",
        help="names, spelled as they should appear in the transcript",
    )


def add_wishes(parser: argparse.ArgumentParser) -> None:
    """Add what the caller looks for in a talk."""
    parser.add_argument(
        "--keywords",
        type=names,
        default=(),
        metavar="A,B,…",
        help="prefer clips about these topics",
    )
    parser.add_argument(
        "--kinds",
        type=some_of(MOMENT_KINDS),
        default=(),
        metavar="A,B,…",
        help=f"kinds of moments to prefer: {', '.join(MOMENT_KINDS)}",
    )
    parser.add_argument(
        "--prompt", default="", metavar="TEXT", help="what to look for, in your own words"
    )


def add_clips(parser: argparse.ArgumentParser, *, styles: Sequence[str] | None) -> None:
    """Add the options of subcommands that make clips; `styles`: None accepts any name."""
    parser.add_argument(
        "--mode",
        choices=get_args(Mode),
        default="clips",
        help="whole: one clip of all of it, up to 180 s (default clips)",
    )
    parser.add_argument("--quality", choices=("fast", "balanced", "best"), default="balanced")
    parser.add_argument("--style", choices=styles, default="white_bold")
    parser.add_argument(
        "--count", type=count, help="number of clips (default: depends on the length)"
    )
    parser.add_argument("--min", type=float, default=15.0, help="shortest clip, s (default 15)")
    parser.add_argument("--max", type=float, default=90.0, help="longest clip, s (default 90)")
    parser.add_argument("--aspect", choices=("9:16", "1:1", "4:5", "16:9"), default="9:16")
    add_wishes(parser)
    parser.add_argument("--remove-silences", choices=("natural", "fast"), help="shorten pauses")
    parser.add_argument("--remove-fillers", action="store_true", help="cut um, uh and the like")
    parser.add_argument(
        "--profanity",
        choices=("keep", "mask"),
        default="keep",
        help="mask: bleep strong words and star them out in every text",
    )
    parser.add_argument(
        "--motion",
        choices=get_args(Motion),
        default="subtle",
        help="movement of the camera in a take that would stand still (default subtle)",
    )
    parser.add_argument(
        "--safe-area",
        choices=get_args(SafeAreaName),
        default="standard",
        help="app whose buttons captions and title keep clear of (default standard)",
    )
    parser.add_argument(
        "--layout",
        choices=get_args(LayoutChoice),
        default="auto",
        help="how the picture fills the clip (default auto)",
    )
    parser.add_argument(
        "--hook-title", action="store_true", help="show the title over the first seconds"
    )
    parser.add_argument("--emphasis", action="store_true", help="highlight key words")
    parser.add_argument(
        "--emoji", action="store_true", help="also show the emoji of key words (English)"
    )
    parser.add_argument(
        "--clean-video",
        action="store_true",
        help="also save each clip without captions and title",
    )
    parser.add_argument("--captions-layer", action=_Gone, help=argparse.SUPPRESS)


def add_text_kinds(parser: argparse.ArgumentParser) -> None:
    """Add the option of subcommands that write texts."""
    parser.add_argument(
        "--texts",
        type=some_of(TEXT_KINDS),
        metavar="KIND,…",
        help=f"texts to write, of {', '.join(TEXT_KINDS)} (default: the first three)",
    )


def add_texts(parser: argparse.ArgumentParser) -> None:
    """Add how texts are to be written; what is not given is None."""
    parser.add_argument(
        "--text-length", choices=get_args(TextLength), help="of the texts (default normal)"
    )
    parser.add_argument(
        "--text-hook",
        type=int,
        choices=range(1, MAX_HOOKS + 1),
        help="which moment is told: the best, the second or the third best (default 1)",
    )
    parser.add_argument(
        "--text-tone", metavar="TEXT", help="tone for a language model, in your own words"
    )
    parser.add_argument(
        "--text-link",
        type=web_address,
        metavar="URL",
        help="address of the published talk: times in texts link into it",
    )


def text_wishes(call: argparse.Namespace) -> dict[str, str | int]:
    """Return what was given of the options of `add_texts`, under its name in TextOptions."""
    given = {
        "length": call.text_length,
        "hook": call.text_hook,
        "tone": call.text_tone,
        "link": call.text_link,
    }
    return {name: value for name, value in given.items() if value is not None}


def text_options(call: argparse.Namespace) -> TextOptions:
    """Return the options of `add_texts`, with the defaults of what was not given."""
    return msgspec.convert(text_wishes(call), TextOptions)


def web_address(text: str) -> str:
    """Check the address of a page. Raises ArgumentTypeError."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise argparse.ArgumentTypeError(f"{text!r} is not an address such as https://example.com")
    return text


def add_judge(parser: argparse.ArgumentParser) -> None:
    """Add the options of subcommands that choose highlights."""
    parser.add_argument(
        "--llm",
        default="",
        metavar="MODEL",
        help="a language model that judges and writes: a folder or a hub id (OWNER/NAME@REVISION)",
    )
    parser.add_argument(
        "--llm-url",
        default="",
        metavar="URL",
        help="…/v1 of an OpenAI-compatible endpoint with that model; key: KLIPFAST__LLM__API_KEY",
    )
    parser.add_argument(
        "--llm-timeout",
        type=float,
        default=180.0,
        metavar="SECONDS",
        help="the most it may take to judge a talk, and again to write; on a processor 900",
    )


def add_active_speaker(parser: argparse.ArgumentParser) -> None:
    """Add the option of subcommands that frame people."""
    parser.add_argument(
        "--active-speaker",
        default="auto",
        metavar="FILE",
        help="weights of the active-speaker model (LR-ASD); auto: those of the package",
    )


def count(text: str) -> int:
    """Parse a whole number of at least one. Raises ArgumentTypeError."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


def text_file(path: str) -> str:
    """Read a text file. Raises ArgumentTypeError for an unreadable file."""
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise argparse.ArgumentTypeError(f"{path} cannot be read as text: {error}") from error


def transcript_file(path: str) -> str:
    """Read a transcript as SRT, WebVTT or plain text; JSON becomes WebVTT, a cue per sentence.

    Raises ArgumentTypeError for an unreadable file, and for JSON that is no transcript.
    """
    text = text_file(path)
    if not text.lstrip().startswith("{"):
        return text
    from pipeline.export import subtitles, transcript_json  # noqa: PLC0415 - loads word lists

    try:
        found = transcript_json.read(Path(path))
    except WrongInput as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    cues = (
        Word(text=s.text, start_s=s.start_s, end_s=s.end_s, probability=1.0)
        for s in found.sentences
    )
    return subtitles.write(replace(found, words=tuple(cues)), "vtt")


def names(text: str) -> tuple[str, ...]:
    """Split words or phrases at commas."""
    return tuple(part for piece in text.split(",") if (part := piece.strip()))


def some_of(known: Sequence[str]) -> Callable[[str], tuple[str, ...]]:
    """Return what splits kinds at commas. That raises ArgumentTypeError for an unknown one."""

    def read(text: str) -> tuple[str, ...]:
        asked = names(text)
        if unknown := set(asked).difference(known):
            raise argparse.ArgumentTypeError(
                f"{', '.join(sorted(unknown))}: not a kind; there are {', '.join(known)}"
            )
        return tuple(kind for kind in known if kind in asked)

    return read


def span(text: str) -> Span:
    """Parse a time range START-END, each in seconds or as [H:]M:S. Raises ArgumentTypeError."""
    match = re.fullmatch(f"{_CLOCK}-{_CLOCK}", text.strip())
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not START-END, such as 90-300 or 1:30-5:00")
    start_s, end_s = to_seconds(*match.groups()[:3]), to_seconds(*match.groups()[3:])
    if end_s <= start_s:
        raise argparse.ArgumentTypeError(f"{text!r} ends before it starts")
    return Span(start_s=start_s, end_s=end_s)
