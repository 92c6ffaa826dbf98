"""klipfast feedback: says whether a clip was kept or rejected, or shows what was said."""

import argparse
from typing import get_args

from klipfast_client import Client
from klipfast_client.models import Verdict
from klipfast_server.cli.outcomes import print_result


def add_to(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("clip_id")
    parser.add_argument("verdict", nargs="?", choices=get_args(Verdict), help="default: show it")


async def feedback(call: argparse.Namespace, client: Client) -> None:
    """Give feedback or show it. Raises ApiError."""
    if call.verdict is None:
        said = await client.feedback(call.clip_id)
    else:
        said = await client.give_feedback(call.clip_id, call.verdict)
    print_result(said if call.json else said.verdict or "")
