"""klipfast feedback: says what became of a clip, shows what was learned, or forgets it."""

import argparse

from klipfast_client import Client
from klipfast_server.cli.outcomes import UsageError, print_result

VERDICTS = ("kept", "rejected", "posted")


def add_to(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("clip_id", nargs="?", help="without one: what was learned so far")
    parser.add_argument("verdict", nargs="?", choices=VERDICTS)
    parser.add_argument("--views", type=_amount, metavar="N", help="where it was posted")
    parser.add_argument("--likes", type=_amount, metavar="N", help="where it was posted")
    parser.add_argument("--note", help="for yourself")
    parser.add_argument(
        "--forget-all",
        action="store_true",
        help="delete all feedback of the account and what was learned from it",
    )


def _amount(text: str) -> int:
    """Parse a whole number. Raises ArgumentTypeError."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 0")
    return int(text)


async def feedback(call: argparse.Namespace, client: Client) -> None:
    """Give feedback or show it. Raises ApiError, UsageError."""
    given = {
        name: value
        for name in ("verdict", "views", "likes", "note")
        if (value := getattr(call, name)) is not None
    }
    if (given or call.forget_all) and (call.clip_id is None) != call.forget_all:
        raise UsageError("--forget-all stands alone; all else needs a clip")
    if call.forget_all:
        await client.forget_feedback()
        print_result({"forgotten": True} if call.json else "All feedback is forgotten.")
    elif call.clip_id is None:
        await _summarize(call, client)
    else:
        said = await client.give_feedback(call.clip_id, **given) if given else None
        said = said or await client.feedback(call.clip_id)
        told = (said.verdict, said.views, said.likes, said.note)
        names = ("verdict", "views", "likes", "note")
        lines = [f"{n:8} {v}" for n, v in zip(names, told, strict=True) if v is not None]
        print_result(said if call.json else "\n".join(lines))


async def _summarize(call: argparse.Namespace, client: Client) -> None:
    summary = await client.feedback_summary()
    if call.json:
        print_result(summary)
        return
    print(
        f"{summary.clips} clips: {summary.kept} kept, {summary.posted} posted, "
        f"{summary.rejected} rejected, {summary.with_audience} with views or likes"
    )
    print(summary.explanation)
