"""The commands of klipfast that use a server through its HTTP API: submit, watch, get, …"""

import argparse
import asyncio
import webbrowser
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from yarl import URL

from klipfast_client import Client, Conflict, Unauthorized, Unreachable, connected, models
from klipfast_server.api.explanations import explain as explain_field
from klipfast_server.cli import job_files, parsing, saved_login
from klipfast_server.cli.job_progress import Display, open_display
from klipfast_server.cli.parsing import Failed, UsageError
from klipfast_server.core.errors import BadRequest
from klipfast_server.schema.process_request import Process
from pipeline.cli import arguments
from pipeline.core.timecode import format_clock

FIRST_PATIENCE_S = 2.0  # for the first call; later interruptions are retried for longer
PAGE_JOBS = 100  # maximum number of jobs in one response
KEY_HINT = "klipfast-server keys create makes one"
# Names in the API of options whose own is another.
API_NAMES = {
    "style": "caption_style",
    "count": "clip_count",
    "min": "min_duration",
    "max": "max_duration",
    "aspect": "aspect_ratio",
    "brand": "brand_id",
    "texts": "text_outputs",
    "clips": "clip_ids",
    "start": "start_seconds",
    "end": "end_seconds",
}


def explain(error: Exception, server: str) -> str:
    """Return what went wrong, and a remedy if one is known."""
    if isinstance(error, Unreachable):
        return (
            f"no KlipFast server responds at {server}; klipfast-server serve starts one, "
            "--server or KLIPFAST_SERVER names another"
        )
    if isinstance(error, Unauthorized):
        return f"{server} does not know this key (--key, KLIPFAST_KEY, klipfast login); {KEY_HINT}"
    if isinstance(error, Conflict) and error.job_id:
        return f"{error} To follow it: klipfast watch {error.job_id}"
    if isinstance(error, msgspec.DecodeError):
        return f"{server} responds, but not like a KlipFast server"
    if isinstance(error, aiohttp.ClientConnectionError | TimeoutError):
        detail = str(error) or type(error).__name__
        return f"the connection to {server} was lost: {detail}"
    return (
        f"{error.filename}: {error.strerror}"
        if isinstance(error, OSError) and error.filename is not None
        else str(error)
    )


async def run(call: argparse.Namespace) -> None:
    """Run the command once the server responds and accepts the key. Raises UsageError, Failed."""
    login = saved_login.find(call.server, call.key)
    call.server, call.key = login.server, login.key
    check_key(call.key)
    check_address(call.server)
    async with connected(call.server, call.key, patience_s=FIRST_PATIENCE_S) as client:
        await client.usage()  # no large upload goes to a server that does not respond
    async with connected(call.server, call.key) as client:
        if getattr(call, "style", None):
            await _check_style(client, call.style)
        await call.run(call, client)


def check_key(key: str) -> None:
    """Raise UsageError for what cannot be a key."""
    if not key:
        raise UsageError(f"a key is needed: klipfast login, KLIPFAST_KEY or --key; {KEY_HINT}")
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


async def _check_style(client: Client, name: str) -> None:
    """Raise UsageError for a caption style that the server does not have."""
    known = [style.name for style in (await client.caption_styles()).styles]
    if name not in known:
        raise UsageError(
            f"--style: caption style {name!r} is unknown; there are {', '.join(known)}"
            f"{parsing.nearest(name, known)}"
        )


def show(call: argparse.Namespace, result: Any, *lines: str) -> None:
    """Print a result: with --json as a line of JSON, else as lines for people."""
    for line in [msgspec.json.encode(result).decode()] if call.json else lines:
        print(line)


async def submit(call: argparse.Namespace, client: Client) -> None:
    """Submit a talk: a file, or its URL."""
    out = _folder(call.out)
    options = _options(call, models.ProcessOptions)
    if call.range:
        options["range"] = {"start": call.range.start_s, "end": call.range.end_s}
    if wishes := arguments.text_wishes(call):
        options["text_options"] = wishes
    path = _path(call.source)
    _check_options(options)
    if call.brand:
        await client.brand(call.brand)
    with open_display(quiet=call.json) as display:
        video_url = (
            call.source if path is None else (await client.upload(path, display.sent)).video_url
        )
        accepted = await client.submit(video_url, **options)
        remaining = format_clock(accepted.estimated_seconds)
        display.note(f"{accepted.job_id}: {call.source}, about {remaining} to go")
        await _follow_if_asked(call, client, accepted, out, display)


def _path(source: str) -> Path | None:
    """Return the file to upload; None for a URL. Raises Failed."""
    if source.startswith(("http://", "https://", "upload://")):
        return None
    path = Path(source)
    if not path.is_file():
        raise Failed(f"there is no file {source}; a URL begins with http:// or https://")
    return path


def _check_options(options: dict[str, Any]) -> None:
    """Raise UsageError for what the server would refuse, but only after the upload."""
    try:
        body = msgspec.convert({"video_url": "upload://", **options}, Process)
        body.options((body.caption_style,))
    except msgspec.ValidationError as error:
        raise UsageError(str(explain_field(str(error), Process, "The request"))) from error
    except BadRequest as error:
        raise UsageError(str(error)) from error


def _options(call: argparse.Namespace, known: type) -> dict[str, Any]:
    """Return what was given of the options of a request, under their names in the API."""
    given = {API_NAMES.get(name, name): value for name, value in vars(call).items()}
    names = known.__annotations__.keys() & given.keys()
    return {name: given[name] for name in names if given[name] not in (None, "", [], ())}


async def watch(call: argparse.Namespace, client: Client) -> None:
    """Follow a job to its end."""
    out = _folder(call.out)
    with open_display(quiet=call.json) as display:
        await _follow(call, client, call.job_id, out, display)


async def _follow_if_asked(
    call: argparse.Namespace,
    client: Client,
    begun: models.Accepted | models.Rendering,
    out: Path | None,
    display: Display,
) -> None:
    if call.watch or out is not None:
        await _follow(call, client, begun.job_id, out, display)
    else:
        show(call, begun, begun.job_id)


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
    _show_job(call, job, files)
    check_completed(job)


def check_completed(job: models.JobDetail) -> None:
    """Raise Failed unless a job that has ended completed."""
    if job.status != "completed":
        why = job.error.message if job.error else f"it was {job.status}."
        raise Failed(f"{job.job_id}: {why}")


async def list_jobs(call: argparse.Namespace, client: Client) -> None:
    """List the account's jobs, newest first."""
    remaining, cursor = call.limit, None
    while remaining > 0:
        page = await client.jobs(limit=min(remaining, PAGE_JOBS), cursor=cursor)
        for job in page.jobs:
            title = job.title or job.file_name or job.video_url
            source = job.rerender_of or job.rewrite_of or job.span_of or job.reel_of
            origin = f" (from {source})" if source else ""
            about = f"{job.job_id}  {job.status:10}  {job.created_at:%Y-%m-%d %H:%M}"
            show(call, job, f"{about}  {title}{origin}")
        remaining, cursor = remaining - len(page.jobs), page.next_cursor
        if cursor is None:
            return


async def get(call: argparse.Namespace, client: Client) -> None:
    """Show a job's status, and its clips so far."""
    _show_job(call, await client.job(call.job_id), [])


async def open_page(call: argparse.Namespace, client: Client) -> None:
    """Open a job in the studio, and print the address of its page."""
    job = await client.job(call.job_id)
    address = f"{call.server.rstrip('/')}/#/jobs/{job.job_id}"
    await asyncio.to_thread(webbrowser.open, address)
    show(call, {"url": address}, address)


async def download(call: argparse.Namespace, client: Client) -> None:
    """Save a job's clips, thumbnails and texts."""
    out = _folder(call.out)
    assert out is not None
    with open_display(quiet=call.json) as display:
        job = await client.job(call.job_id)
        if job.status in ("queued", "processing"):
            display.note(f"{job.job_id} is still {job.status}: the clips so far are saved")
        files = await job_files.save(client, job, out, display.fetched)
        display.end()
    _show_job(call, job, files)


async def archive(call: argparse.Namespace, client: Client) -> None:
    """Save all results of an ended job as a ZIP file."""
    _folder(call.out.parent)
    await client.archive(call.job_id, call.out)
    show(call, {"files": [str(call.out)]}, str(call.out))


async def reel(call: argparse.Namespace, client: Client) -> None:
    """Join the best moments of a job to one clip."""
    out = _folder(call.out)
    with open_display(quiet=call.json) as display:
        begun = await client.reel(call.job_id, **_options(call, models.ReelOptions))
        await _follow_if_asked(call, client, begun, out, display)


async def render(call: argparse.Namespace, client: Client) -> None:
    """Make a new version of a clip."""
    out = _folder(call.out)
    options = _options(call, models.RenderOptions)
    if call.cuts is not None:  # none of them restores everything
        options["cuts"] = call.cuts
    with open_display(quiet=call.json) as display:
        begun = await client.render(call.clip_id, **options)
        await _follow_if_asked(call, client, begun, out, display)


async def speakers(call: argparse.Namespace, client: Client) -> None:
    """Show who speaks in a job, or give them names."""
    found = await client.name_speakers(call.job_id, dict(call.names))
    lines = []
    for speaker in found.speakers:
        said = speaker.suggested_name
        suggestion = f"  (somebody says {said!r})" if said and not speaker.name else ""
        lines.append(f"{speaker.label}  {speaker.name or '-'}{suggestion}")
    show(call, found, *lines)


async def corrections(call: argparse.Namespace, client: Client) -> None:
    """Show what was misheard in a job's talk, or correct it."""
    if not call.words:
        found = await client.corrections(call.job_id)
    for heard, said in call.words:
        found = await client.correct(call.job_id, heard, said, start_seconds=call.at)
    lines = []
    for correction in found.corrections:
        at_s = correction.start_seconds
        where = "" if at_s is None else f"  at {at_s:g} s"
        lines.append(f"{correction.heard} -> {correction.text}  {correction.places}{where}")
    lines += [f"to render again: {clip_id}" for clip_id in found.clips_to_render]
    show(call, found, *lines)


async def chapters(call: argparse.Namespace, client: Client) -> None:
    """Print the chapters of a job's talk."""
    if call.json:
        show(call, await client.chapters(call.job_id, count=call.count))
        return
    print((await client.chapter_file(call.job_id, call.format, count=call.count)).rstrip("\n"))


async def feedback(call: argparse.Namespace, client: Client) -> None:
    """Say whether you kept a clip, or show it."""
    if call.verdict is None:
        said = await client.feedback(call.clip_id)
    else:
        said = await client.give_feedback(call.clip_id, call.verdict)
    show(call, said, said.verdict or "")


async def usage(call: argparse.Namespace, client: Client) -> None:
    """Show the plan's limits and the usage."""
    used = await client.usage()
    show(
        call,
        used,
        f"plan     {used.plan}, {used.period_start} to {used.period_end}",
        f"minutes  {used.minutes_used:.1f} of {used.minutes_limit}",
        f"storage  {used.storage_used_mb} of {used.storage_limit_mb} MB",
        f"credits  {used.credits_remaining}",
    )


def _folder(out: Path | None) -> Path | None:
    """Create the output folder before anything else. Raises Failed."""
    if out is not None:
        try:
            out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Failed(f"the folder {out} cannot be created: {error.strerror}") from error
    return out


def _show_job(call: argparse.Namespace, job: models.JobDetail, files: list[Path]) -> None:
    """Print the job, with the saved files: as JSON, or as a few lines per clip."""
    saved = {"files": [str(path) for path in files]} if files else {}
    videos = [path for path in files if path.suffix == ".mp4" and not job_files.is_clean(path)]
    origin = f"  a new version of {job.rerender_of}" if job.rerender_of else ""
    lines = [f"{job.job_id}  {job.status}{origin}"]
    for number, clip in enumerate(job.clips):
        location = videos[number] if videos else clip.clip_id
        lines.append(f"{clip.virality_score:>3}  {clip.duration:>5.1f} s  {location}")
        lines += [f"     {clip.title}", f"     {clip.reason}"]
    texts = [str(path) for path in files if path.suffix in (".txt", ".md")]
    lines += [f"texts: {', '.join(texts)}"] if texts else []
    lines += [f"{warning.code}: {warning.message}" for warning in job.warnings]
    show(call, msgspec.to_builtins(job) | saved, *lines)
