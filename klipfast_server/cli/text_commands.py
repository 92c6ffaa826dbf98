"""klipfast texts: shows a job's texts, puts one's own there, has one written again, saves cards."""

import argparse
from asyncio import to_thread
from pathlib import Path
from typing import Any

from klipfast_client import Client, models
from klipfast_server.cli.client_commands import check_completed, show
from klipfast_server.cli.job_progress import open_display
from klipfast_server.cli.parsing import Failed, UsageError
from pipeline.cli import arguments

# By the endings of the files' names, which are those of `klipfast write`.
SHAPES: dict[str, models.CardShape] = {"": "4:5", "_square": "1:1"}


async def texts(call: argparse.Namespace, client: Client) -> None:
    """Show a job's texts, replace or rewrite one."""
    wishes = arguments.text_wishes(call)
    _check(call, wishes)
    if call.kind is None:
        found = await client.texts(call.job_id)
        show(call, found, *map(_described, found.texts))
    elif call.out is not None:
        await _save_pictures(call, client)
    elif call.own is not None:
        put = await client.put_text(call.job_id, call.kind, call.own)
        show(call, put, *(f"{warning.kind}: {warning.message}" for warning in put.warnings))
    else:
        if call.write:
            await _write(call, client, wishes)
        if call.json:
            found = await client.texts(call.job_id)
            show(call, next((text for text in found.texts if text.kind == call.kind), None))
        else:
            text = await client.text(call.job_id, call.kind, call.format)
            print(text, end="")


def _check(call: argparse.Namespace, wishes: dict[str, Any]) -> None:
    """Raise UsageError for options that do not belong together."""
    if call.kind is None and (
        call.own is not None or call.write or call.out or call.format != "published"
    ):
        raise UsageError("which text? Name its kind after the job")
    if wishes and not call.write:
        raise UsageError("--text-length and the like need --write")
    if call.out is not None and call.kind != "quote_cards":
        raise UsageError("--out saves the pictures of quote_cards; other texts are printed")
    for option in ("style", "brand"):
        if getattr(call, option) is not None and call.out is None:
            raise UsageError(f"--{option} needs --out")


async def _save_pictures(call: argparse.Namespace, client: Client) -> None:
    """Save each quotation in both shapes, and print the files. Raises ApiError, Failed, OSError."""
    found = await client.texts(call.job_id)
    urls = [url for text in found.texts if text.kind == call.kind for url in text.picture_urls]
    if not urls:
        raise Failed(f"{call.job_id} has no quotations for pictures")
    await to_thread(call.out.mkdir, parents=True, exist_ok=True)
    files: list[Path] = []
    for number in range(1, len(urls) + 1):
        for ending, shape in SHAPES.items():
            picture = await client.quote_card(
                call.job_id,
                number,
                caption_style=call.style,
                aspect_ratio=shape,
                brand_id=call.brand,
            )
            files.append(call.out / f"quote_card_{number}{ending}.png")
            await to_thread(files[-1].write_bytes, picture)
    names = list(map(str, files))
    show(call, {"files": names}, *names)


async def _write(call: argparse.Namespace, client: Client, wishes: dict[str, Any]) -> None:
    """Have a text written again, and wait for it. Raises Failed unless it was."""
    accepted = await client.rewrite(call.job_id, call.kind, **wishes)
    with open_display(quiet=call.json) as display:
        check_completed(await client.wait(accepted.job_id, display.worked))


def _described(text: models.JobText) -> str:
    """Return a line about a text."""
    about = [text.author or "-", f"{text.updated_at:%Y-%m-%d %H:%M}"]
    about += [f"{len(text.warnings)} warnings"] if text.warnings else []
    about += [text.reason] if text.reason else []
    return "  ".join([f"{text.kind:15}", *about])
