"""All results of a job as one ZIP file, made while it is sent."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime

import msgspec
import structlog
from aiohttp import web

from klipfast_server.api import app_keys, caller, middleware, request_parsing
from klipfast_server.api.operations import operation
from klipfast_server.api.routes.talk import timeline, zip_texts
from klipfast_server.api.routes.talk.zip_texts import Contents
from klipfast_server.core.errors import Conflict, NotFound
from klipfast_server.files.storage import Storage, StorageError
from klipfast_server.files.zip_stream import ZipStream
from klipfast_server.schema import queries
from klipfast_server.store import ended_jobs, jobs, texts
from klipfast_server.store.jobs import Job
from klipfast_server.store.talks import clip_rows
from klipfast_server.store.talks.clip_rows import ClipRow
from pipeline.core.data import Options

log = structlog.get_logger()

routes = web.RouteTableDef()

ZIP = "application/zip"
GONE = "not-included.txt"  # in the archive: the files that were gone when it was made


@routes.get("/api/v1/jobs/{job_id}/archive")
@operation(
    tag="Jobs",
    query=queries.ArchiveQuery,
    answers={200: (ZIP,)},
    errors=(409,),
    example_arguments=("-o job.zip",),
)
async def get_archive(request: web.Request) -> web.StreamResponse:
    """Get all results of an ended job as a ZIP file.

    Clips with their thumbnails, captions and versions without captions; transcript, chapters, texts
    and timelines. It is made while it is sent, so its size is not known before, and a broken
    download begins again; an archive without its end is a broken one. 409: the job has not ended.
    """
    job, contents = await _contents(request)
    response = web.StreamResponse(
        headers={
            "Content-Type": ZIP,
            "Content-Disposition": f'attachment; filename="{job.job_id}.zip"',
            "Cache-Control": "private, no-store",
        }
    )
    if request.method == "HEAD":
        return response
    with request.app[app_keys.ARCHIVING].running():
        await response.prepare(request)
        pieces = _pieces(job, contents, request.app[app_keys.STORAGE])
        del contents  # a talk of hours need not wait until the clips are sent
        try:
            async with aclosing(pieces):
                async for piece in pieces:
                    await response.write(piece)
            await response.write_eof()
        except (StorageError, OSError, RuntimeError) as error:
            if not (isinstance(error, ConnectionError) and middleware.has_gone(request)):
                log.warning("archive ended early", job_id=job.job_id, error=repr(error))
            _break_off(request)
    return response


def _break_off(request: web.Request) -> None:
    """Close the connection: headers are sent, and a proper end would pass for a whole archive."""
    if request.transport is not None:
        request.transport.abort()


async def _contents(request: web.Request) -> tuple[Job, Contents]:
    """Return the job that the path names, and what it has. Raises NotFound or Conflict."""
    db, account_id = caller.of(request)
    job_id = request.match_info["job_id"]
    job = await jobs.get(db, account_id, job_id)
    if job.status in ("queued", "processing"):
        raise Conflict(
            f"{job_id} is {job.status}; its archive is there once it ends.", job_id=job_id
        )
    if job.rewrite_of is not None:
        raise Conflict(
            f"{job_id} writes a text of {job.rewrite_of}; its results are there.",
            job_id=job.rewrite_of,
        )
    asked = request_parsing.query(request, queries.ArchiveQuery)
    found = await clip_rows.of_job(db, account_id, job_id)
    clips = clip_rows.chosen(found, asked.clips, timeline.ids(asked.clip_ids))
    return job, Contents(
        job_id=job_id,
        talk=await ended_jobs.find_talk(db, job),
        clips=clips,
        places=None if timeline.is_everything(asked) else timeline.places_of(clips, job_id),
        edits=await clip_rows.edits_of(db, [clip for clip in clips if clip.job_id != job_id]),
        texts=await texts.listed(db, account_id, job_id),
        media=await timeline.media_name(request, job_id),
        options=msgspec.json.decode(job.options, type=Options),
    )


async def _pieces(job: Job, contents: Contents, storage: Storage) -> AsyncGenerator[bytes, None]:
    """Yield the archive: first what is made here, then the clips' files.

    Raises StorageError or OSError.
    """
    archive = ZipStream((job.finished_at or datetime.now(UTC)).astimezone(UTC))
    clips = contents.clips
    made = zip_texts.files(contents)
    del contents
    while (text := await asyncio.to_thread(next, made, None)) is not None:
        yield await asyncio.to_thread(archive.text, *text)
    del made
    gone: list[str] = []
    for name, key in (file for clip in clips for file in _stored(clip, job.job_id)):
        try:
            async with storage.opened(key) as file:
                packed = archive.file(name, file.size_bytes, file.chunks)
                async with aclosing(packed):
                    async for piece in packed:
                        yield piece
        except NotFound:  # expired, or deleted with its job, this very moment
            gone.append(name)
    if gone:
        told = "These files had expired, or been deleted:\n" + "\n".join(gone) + "\n"
        yield archive.text(GONE, told.encode())
    yield archive.end()


def _stored(clip: ClipRow, job_id: str) -> list[tuple[str, str]]:
    """Return (name in the archive, key) of each stored file of a clip."""
    name = f"clips/{zip_texts.stem(clip, job_id)}"
    found = [(f"{name}.mp4", clip.file_key), (f"{name}.jpg", clip.thumbnail_key)]
    found += [(f"{name}-{n}.jpg", key) for n, key in enumerate(clip.more_thumbnail_keys, 2)]
    if clip.clean_key is not None:
        found.append((f"{name}-clean.mp4", clip.clean_key))
    return found
