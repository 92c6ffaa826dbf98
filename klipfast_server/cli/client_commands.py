"""The commands of klipfast that use a server through its HTTP API: submit, watch, get, …"""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from yarl import URL

from klipfast_client import ApiError, Client, connected, models
from klipfast_server.cli import brand_commands, feedback_commands, job_files, text_commands
from klipfast_server.cli.job_progress import Display, open_display
from klipfast_server.cli.outcomes import Failed, UsageError, print_result
from pipeline.cli import arguments
from pipeline.core.timecode import format_clock

CONNECT_PATIENCE_S = 2.0  # for reaching the server; later interruptions are retried for longer
PAGE_JOBS = 100  # maximum number of jobs in one response
KEY_HINT = "klipfast-server keys create makes one"


def run(call: argparse.Namespace) -> int:
    """Run a parsed subcommand and return the exit code."""
    try:
        asyncio.run(_run_action(call))
        return 0
    except (KeyboardInterrupt, asyncio.CancelledError):
        return 130
    except UsageError as error:
        reason, code = str(error), 2
    except (Failed, ApiError, msgspec.DecodeError, aiohttp.ClientError, OSError) as error:
        reason, code = _reason(error, call.server), 1
    print(f"error: {' '.join(reason.split())}", file=sys.stderr)
    return code


def _reason(error: Exception, server: str) -> str:
    """Return what went wrong, and a remedy if one is known."""
    if isinstance(error, ApiError) and error.code == "unauthorized":
        return f"{server} does not know this key (--key, KLIPFAST_KEY); {KEY_HINT}"
    if isinstance(error, ApiError) and error.code == "conflict" and error.job_id:
        return f"{error} To follow it: klipfast watch {error.job_id}"
    if isinstance(error, msgspec.DecodeError):
        return f"{server} responds, but not like a KlipFast server"
    if isinstance(error, aiohttp.ClientConnectionError | TimeoutError):
        detail = str(error) or type(error).__name__
        return f"the connection to {server} was lost: {detail}"
    return str(error)


async def _run_action(call: argparse.Namespace) -> None:
    async with _connected_client(call) as client:
        await ACTIONS[call.action](call, client)


@asynccontextmanager
async def _connected_client(call: argparse.Namespace) -> AsyncIterator[Client]:
    """Yield a client, once the server responds and accepts the key. Raises UsageError, Failed."""
    check_key(call.key)
    check_address(call.server)
    async with connected(call.server, call.key, patience_s=CONNECT_PATIENCE_S) as client:
        await _reach(client, call.server)
    async with connected(call.server, call.key) as client:
        yield client


def check_key(key: str) -> None:
    """Raise UsageError for what cannot be a key."""
    if not key:
        raise UsageError(f"a key is needed: KLIPFAST_KEY or --key; {KEY_HINT}")
    if not key.isascii() or not key.isprintable():
        raise UsageError(
            "the key (--key, KLIPFAST_KEY) contains characters that are never in a key"
        )


def check_address(server: str) -> None:
    """Raise UsageError for what is not the address of a server."""
    try:
        url = URL(server)
    except ValueError:
        url = URL()
    if url.scheme not in ("http", "https") or not url.host:
        raise UsageError(
            f"{server!r} is not a server address; an example: http://127.0.0.1:8080 (--server)"
        )


async def _reach(client: Client, server: str) -> None:
    """Send a small request first, so that no large upload goes to an unreachable server."""
    try:
        await client.usage()
    except (aiohttp.ClientConnectionError, TimeoutError) as error:
        raise Failed(
            f"no KlipFast server answers at {server}; klipfast-server serve starts one, "
            "--server or KLIPFAST_SERVER names another"
        ) from error


async def _submit(call: argparse.Namespace, client: Client) -> None:
    out = _folder(call.out)
    with open_display(quiet=call.json) as display:
        video_url = await _source(call.source, client, display)
        accepted = await client.submit(video_url, **_options(call))
        remaining = format_clock(accepted.estimated_seconds)
        display.note(f"{accepted.job_id}: {call.source}, about {remaining} to go")
        if call.watch or out is not None:
            await _follow(call, client, accepted.job_id, out, display)
        else:
            print_result(accepted if call.json else accepted.job_id)


async def _source(source: str, client: Client, display: Display) -> str:
    """Return the video_url for the server; upload a file first. Raises Failed."""
    if source.startswith(("http://", "https://", "upload://")):
        return source
    path = Path(source)
    if not path.is_file():
        raise Failed(f"there is no file {source}; a URL begins with http:// or https://")
    uploaded = await client.upload(path, display.sent)
    return uploaded.video_url


def _options(call: argparse.Namespace) -> dict[str, Any]:
    """Return the options under their names in POST /api/v1/process."""
    given = {
        "mode": call.mode,
        "quality": call.quality,
        "caption_style": call.style,
        "language": call.language,
        "clip_count": call.count,
        "min_duration": call.min,
        "max_duration": call.max,
        "aspect_ratio": call.aspect,
        "layout": call.layout,
        "motion": call.motion,
        "safe_area": call.safe_area,
        "brand_id": call.brand,
        "keywords": call.keywords,
        "prompt": call.prompt or None,
        "kinds": call.kinds,
        "range": call.range and {"start": call.range.start_s, "end": call.range.end_s},
        "hook_title": call.hook_title,
        "emphasis": call.emphasis,
        "emoji": call.emoji,
        "remove_silences": call.remove_silences,
        "remove_fillers": call.remove_fillers,
        "profanity": call.profanity,
        "transcript": call.transcript,
        "vocabulary": call.vocabulary,
        "clean_video": call.clean_video,
        "text_outputs": call.texts,
        "text_options": arguments.text_wishes(call) or None,
    }
    return {name: value for name, value in given.items() if value is not None}


async def _watch(call: argparse.Namespace, client: Client) -> None:
    out = _folder(call.out)
    with open_display(quiet=call.json) as display:
        await _follow(call, client, call.job_id, out, display)


async def _follow(
    call: argparse.Namespace, client: Client, job_id: str, out: Path | None, display: Display
) -> None:
    """Wait for the job's end and print it. Raises Failed unless the job completed."""
    try:
        job = await client.wait(job_id, display.worked)
    except asyncio.CancelledError:
        display.note(f"{job_id} continues on the server; to follow it: klipfast watch {job_id}")
        raise
    files = [] if out is None else await job_files.save(client, job, out, display.fetched)
    display.end()
    _print_job(call, job, files)
    if job.status != "completed":
        why = job.error.message if job.error else f"it was {job.status}."
        raise Failed(f"{job_id}: {why}")


async def _list(call: argparse.Namespace, client: Client) -> None:
    remaining, cursor = call.limit, None
    while remaining > 0:
        page = await client.jobs(limit=min(remaining, PAGE_JOBS), cursor=cursor)
        for line in page.jobs:
            print_result(
                line
                if call.json
                else f"{line.job_id}  {line.status:10}  {line.created_at:%Y-%m-%d %H:%M}"
            )
        remaining, cursor = remaining - len(page.jobs), page.next_cursor
        if cursor is None:
            return


async def _get(call: argparse.Namespace, client: Client) -> None:
    _print_job(call, await client.job(call.job_id), [])


async def _download(call: argparse.Namespace, client: Client) -> None:
    out = _folder(call.out)
    assert out is not None
    with open_display(quiet=call.json) as display:
        job = await client.job(call.job_id)
        if job.status in ("queued", "processing"):
            display.note(f"{job.job_id} is still {job.status}: the clips so far are saved")
        files = await job_files.save(client, job, out, display.fetched)
        display.end()
    _print_job(call, job, files)


async def _archive(call: argparse.Namespace, client: Client) -> None:
    _folder(call.out.parent)
    await client.archive(call.job_id, call.out)
    print_result({"files": [str(call.out)]} if call.json else str(call.out))


async def _reel(call: argparse.Namespace, client: Client) -> None:
    given = {
        "max_seconds": call.max_seconds,
        "clip_ids": call.clips,
        "title": call.title,
        "caption_style": call.style,
        "aspect_ratio": call.aspect,
    }
    options = {name: value for name, value in given.items() if value}
    out = _folder(call.out)
    with open_display(quiet=call.json) as display:
        begun = await client.reel(call.job_id, **options)
        if call.watch or out is not None:
            await _follow(call, client, begun.job_id, out, display)
        else:
            print_result(begun if call.json else begun.job_id)


async def _speakers(call: argparse.Namespace, client: Client) -> None:
    found = await client.name_speakers(call.job_id, dict(call.names))
    if call.json:
        print_result(found)
        return
    for speaker in found.speakers:
        said = speaker.suggested_name
        suggestion = f"  (somebody says {said!r})" if said and not speaker.name else ""
        print(f"{speaker.label}  {speaker.name or '-'}{suggestion}")


async def _corrections(call: argparse.Namespace, client: Client) -> None:
    if not call.words:
        found = await client.corrections(call.job_id)
    for heard, said in call.words:
        found = await client.correct(call.job_id, heard, said, start_seconds=call.at)
    if call.json:
        print_result(found)
        return
    for correction in found.corrections:
        at_s = correction.start_seconds
        where = "" if at_s is None else f"  at {at_s:g} s"
        print(f"{correction.heard} -> {correction.text}  {correction.places}{where}")
    for clip_id in found.clips_to_render:
        print(f"to render again: {clip_id}")


async def _chapters(call: argparse.Namespace, client: Client) -> None:
    if call.json:
        print_result(await client.chapters(call.job_id, count=call.count))
        return
    print((await client.chapter_file(call.job_id, call.format, count=call.count)).rstrip("\n"))


async def _usage(call: argparse.Namespace, client: Client) -> None:
    used = await client.usage()
    if call.json:
        print_result(used)
        return
    print(f"plan     {used.plan}, {used.period_start} to {used.period_end}")
    print(f"minutes  {used.minutes_used:.1f} of {used.minutes_limit}")
    print(f"storage  {used.storage_used_mb} of {used.storage_limit_mb} MB")
    print(f"credits  {used.credits_remaining}")


def _folder(out: Path | None) -> Path | None:
    """Create the output folder before anything else. Raises Failed."""
    if out is not None:
        try:
            out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Failed(f"the folder {out} cannot be created: {error.strerror}") from error
    return out


def _print_job(call: argparse.Namespace, job: models.JobDetail, files: list[Path]) -> None:
    """Print the job, with the saved files: as JSON, or as a few lines per clip."""
    if call.json:
        saved = {"files": [str(path) for path in files]} if files else {}
        print_result(msgspec.to_builtins(job) | saved)
        return
    videos = [path for path in files if path.suffix == ".mp4" and not job_files.is_clean(path)]
    print(f"{job.job_id}  {job.status}")
    for number, clip in enumerate(job.clips):
        location = videos[number] if videos else clip.clip_id
        print(f"{clip.virality_score:>3}  {clip.duration:>5.1f} s  {location}")
        print(f"     {clip.title}\n     {clip.reason}")
    texts = [str(path) for path in files if path.suffix in (".txt", ".md")]
    if texts:
        print(f"texts: {', '.join(texts)}")


ACTIONS: dict[str, Callable[[argparse.Namespace, Client], Awaitable[None]]] = {
    "submit": _submit,
    "watch": _watch,
    "list": _list,
    "get": _get,
    "download": _download,
    "archive": _archive,
    "reel": _reel,
    "speakers": _speakers,
    "corrections": _corrections,
    "chapters": _chapters,
    "texts": text_commands.texts,
    "brands": brand_commands.brands,
    "feedback": feedback_commands.feedback,
    "usage": _usage,
}
