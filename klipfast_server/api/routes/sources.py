"""The source of a job, for players and for editors that relink a cut list."""

import asyncio
import dataclasses
import mimetypes
from pathlib import Path

from aiohttp import web

from klipfast_server.api import app_keys, byte_ranges, caller, links, replies, request_parsing
from klipfast_server.api.access import passes
from klipfast_server.api.operations import operation
from klipfast_server.core import tokens
from klipfast_server.core.content_disposition import content_disposition
from klipfast_server.core.errors import NotFound
from klipfast_server.schema import vocabulary
from klipfast_server.schema.account.access import SourceLink, SourceQuery
from klipfast_server.schema.framing import SourcePictureQuery
from klipfast_server.store import ended_jobs, jobs, talk_json
from klipfast_server.store.intake import uploads
from klipfast_server.store.jobs import Job
from pipeline.core.control import Control

routes = web.RouteTableDef()

# Only what players take is shown in a browser; anything else might be a page with a script.
SHOWN = ("video/", "audio/")
UNKNOWN = "application/octet-stream"
UNENDED = ("queued", "processing")


@routes.get("/api/v1/jobs/{job_id}/source")
@operation(
    tag="Jobs",
    query=SourceQuery,
    answers={200: ("video/*", "audio/*"), 206: ("video/*", "audio/*")},
    errors=(412, 416),
    token_for=passes.SOURCE,
    example_arguments=("-o talk.mp4",),
)
async def get_source(request: web.Request) -> web.StreamResponse:
    """Download the source of a job while it is processed or kept; supports Range requests.

    A player, which cannot send a key, takes the URL of GET /api/v1/jobs/{job_id}/source/link.
    404: there is no such job, or its source is not there yet, or no longer kept.
    """
    request_parsing.query(request, SourceQuery)
    job, path = await _source(request)
    kind = _media_type(job)
    headers = {
        "Content-Type": kind,
        "Content-Disposition": content_disposition(_name(job), inline=kind.startswith(SHOWN)),
        "Cache-Control": "private, max-age=3600",
    }
    return await byte_ranges.file(request, path, headers)


@routes.get("/api/v1/jobs/{job_id}/source/picture")
@operation(
    tag="Jobs",
    query=SourcePictureQuery,
    answers={200: ("image/jpeg",)},
    errors=(409, 422),
    token_for=passes.SOURCE,
    counted=False,
    example_query="?at_seconds=12.5",
    example_arguments=("-o talk.jpg",),
)
async def get_source_picture(request: web.Request) -> web.Response:
    """Get a picture of a job's source while it is processed or kept, a JPEG.

    A browser takes the token of GET /api/v1/jobs/{job_id}/source/link. 404: there is no such job,
    its source is not there yet, no longer kept, or has no picture there. 409: its transcript was
    removed. 422: the source cannot be read any more.
    """
    asked = request_parsing.query(request, SourcePictureQuery)
    job, path = await _source(request)
    engine = request.app[app_keys.ENGINE]
    talk = None
    if job.status not in UNENDED:
        talk = await ended_jobs.get_talk(*caller.of(request), job.job_id)

    def take(control: Control) -> bytes | None:
        if talk is None:
            source = engine.probe(path, max_duration_s=None)
        else:
            source = talk_json.decode(talk, words=False).source
            source = dataclasses.replace(source, path=path)
        return engine.still(source, asked.at_seconds, side=asked.width, control=control)

    picture = await request.app[app_keys.PREVIEWING].take(
        request[app_keys.ACCOUNT].account_id, take
    )
    if picture is None:
        raise NotFound(f"The source of {job.job_id} has no picture at {asked.at_seconds:g} s.")
    return web.Response(
        body=picture,
        content_type="image/jpeg",
        headers={"Cache-Control": "private, max-age=3600"},
    )


@routes.get("/api/v1/jobs/{job_id}/source/link")
@operation(tag="Jobs", answers={200: (SourceLink,)})
async def get_source_link(request: web.Request) -> web.Response:
    """Get a URL of a job's source that needs no key, for a player in a browser; for half a day.

    404: there is no such job, or its source is not there yet, or no longer kept.
    """
    job, _ = await _source(request)
    return replies.reply(link_to(request, job))


def link_to(request: web.Request, job: Job) -> SourceLink:
    """Return a URL of a job's source that needs no key."""
    token, seconds = passes.token_of(request, passes.SOURCE, job.job_id)
    return SourceLink(
        url=f"{links.base_url(request)}/api/v1/jobs/{job.job_id}/source?token={token}",
        media_type=_media_type(job),
        expires_at=vocabulary.moment(tokens.in_seconds(seconds)),
    )


def picture_url(request: web.Request, job: Job) -> str:
    """Return a URL of pictures of a job's source that needs no key."""
    token, _ = passes.token_of(request, passes.SOURCE, job.job_id)
    return f"{links.base_url(request)}/api/v1/jobs/{job.job_id}/source/picture?token={token}"


async def path_of(request: web.Request, job: Job) -> Path | None:
    """Return where the source of a job is; None if it is not there yet, or no longer kept."""
    files = request.app[app_keys.SOURCE_FILES]
    if job.source_expires_at is not None:
        return await files.path_of(job.kept_source)
    if job.status not in UNENDED or job.source is None:
        return None
    if job.video_url.startswith(uploads.UPLOAD):
        return await files.path_of(job.video_url.removeprefix(uploads.UPLOAD))
    path = files.download_of(job.job_id)
    return path if await asyncio.to_thread(path.is_file) else None


async def _source(request: web.Request) -> tuple[Job, Path]:
    job = await jobs.get(*caller.of(request), request.match_info["job_id"])
    path = await path_of(request, job)
    if path is None:
        raise NotFound(f"The source of {job.job_id} is not kept, or not there yet.")
    return job, path


def _name(job: Job) -> str:
    return job.file_name or "source"


def _media_type(job: Job) -> str:
    kind = mimetypes.guess_type(_name(job))[0] or UNKNOWN
    return kind if kind.startswith(SHOWN) else UNKNOWN
