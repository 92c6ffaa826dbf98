"""Words of the command line that several subcommands share: what is listened to, who judges."""

import argparse
import os
import re
from pathlib import Path

from pipeline.core.data import Span
from pipeline.core.timecode import to_seconds
from pipeline.models.registry import ModelConfig

_CLOCK = r"(?:(?:(\d+):)?(\d+):)?(\d+(?:\.\d+)?)"


def add(parser: argparse.ArgumentParser) -> None:
    """Give a subcommand these options."""
    parser.add_argument("--language", help="ISO 639-1 (default: detected)")
    parser.add_argument(
        "--range",
        type=span,
        metavar="START-END",
        help="listen to these seconds only, such as 90-300 or 1:30-5:00",
    )
    parser.add_argument(
        "--transcript",
        type=text_file,
        metavar="FILE",
        help="the words that are said (SRT, WebVTT or plain text), instead of recognition",
    )
    parser.add_argument(
        "--vocabulary",
        type=names,
        default=(),
        metavar="A,B,…",
        help="names that should be written so where they are heard",
    )


def add_judge(parser: argparse.ArgumentParser) -> None:
    """Give a subcommand that picks these options."""
    parser.add_argument(
        "--llm",
        default="",
        metavar="MODEL",
        help="a causal language model that grades candidates and writes: a folder or a hub id",
    )
    parser.add_argument(
        "--llm-url",
        default="",
        metavar="URL",
        help="…/v1 of an OpenAI-compatible endpoint that has it; its key: KLIPFAST__LLM__API_KEY",
    )


def model_config(call: argparse.Namespace) -> ModelConfig:
    """The models that these options ask for, those that the subcommand has. Raises ValueError."""
    active_speaker = getattr(call, "active_speaker", "auto")
    if not hasattr(call, "llm"):
        return ModelConfig(active_speaker=active_speaker)
    if call.llm_url and not call.llm:
        raise ValueError("--llm-url needs --llm: the name that the endpoint knows the model by")
    if call.llm_url and not call.llm_url.startswith(("http://", "https://")):
        raise ValueError("--llm-url begins with http:// or https://")
    key = os.environ.get("KLIPFAST__LLM__API_KEY", "")
    return ModelConfig(
        llm=call.llm, llm_url=call.llm_url, llm_api_key=key, active_speaker=active_speaker
    )


def add_active_speaker(parser: argparse.ArgumentParser) -> None:
    """Give a subcommand that frames this option."""
    parser.add_argument(
        "--active-speaker",
        default="auto",
        metavar="FILE",
        help="weights that tell who speaks (LR-ASD); auto: fetched once",
    )


def count(text: str) -> int:
    """A whole number, at least one. Raises ArgumentTypeError."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


def text_file(path: str) -> str:
    """What a file says. Raises ArgumentTypeError where it is none or has no text."""
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise argparse.ArgumentTypeError(f"{path} cannot be read as text: {error}") from error


def names(text: str) -> tuple[str, ...]:
    """Words or phrases with commas between them."""
    return tuple(part for piece in text.split(",") if (part := piece.strip()))


def span(text: str) -> Span:
    """A stretch of time, START-END, each in seconds or as [H:]M:S. Raises ArgumentTypeError."""
    match = re.fullmatch(f"{_CLOCK}-{_CLOCK}", text.strip())
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not START-END, such as 90-300 or 1:30-5:00")
    start_s, end_s = to_seconds(*match.groups()[:3]), to_seconds(*match.groups()[3:])
    if end_s <= start_s:
        raise argparse.ArgumentTypeError(f"{text!r} ends before it starts")
    return Span(start_s=start_s, end_s=end_s)
