"""Keeps the source of a job for as long as its clips, so that more clips can be made of it.

A kept source is an upload: whatever serves uploads (jobs, expiry, usage, deletion) serves it, too.
"""

import asyncio
import shutil
from pathlib import Path

import structlog

from klipfast_server.core import identifiers
from klipfast_server.core.config import Config
from klipfast_server.files.storage import move_file
from klipfast_server.schema.vocabulary import SourceInfo
from klipfast_server.store.database import Database
from klipfast_server.store.intake import kept_sources, uploads
from klipfast_server.store.intake.uploads import Received
from klipfast_server.store.queue.job_queue import ClaimedJob

log = structlog.get_logger()


def kept_by(job: ClaimedJob) -> list[str]:
    """Return the uploads that may have the source of a job."""
    kept = [job.kept_source] if job.kept_source is not None else []
    if job.video_url.startswith(uploads.UPLOAD):
        kept.append(job.video_url.removeprefix(uploads.UPLOAD))
    return kept


async def keep(
    db: Database, config: Config, job: ClaimedJob, *, path: Path, sha256: bytes, info: SourceInfo
) -> None:
    """Keep the source of a job that has clips, if it asks for that; `path`: where it is now."""
    if not job.keep_source:
        return
    if job.kept_source is not None:
        await kept_sources.keep_upload(db, job, job.kept_source)
    elif job.video_url.startswith(uploads.UPLOAD):
        await kept_sources.keep_upload(db, job, job.video_url.removeprefix(uploads.UPLOAD))
    else:
        await _keep_download(db, config, job, path=path, sha256=sha256, info=info)


async def _keep_download(
    db: Database, config: Config, job: ClaimedJob, *, path: Path, sha256: bytes, info: SourceInfo
) -> None:
    upload_id = identifiers.new("upload")
    target = uploads.folder(config, upload_id) / "source"
    size_bytes = (await asyncio.to_thread(path.stat)).st_size
    kept = False
    try:
        # First the file, then its row: an upload without a row is swept, one without a file is not.
        await asyncio.to_thread(move_file, path, target)
        kept = await kept_sources.keep_download(
            db,
            config,
            job,
            Received(path=target, size_bytes=size_bytes, sha256=sha256),
            upload_id=upload_id,
            info=info,
        )
    finally:
        if not kept:
            await asyncio.to_thread(shutil.rmtree, target.parent, ignore_errors=True)
    log.info("source kept" if kept else "no room for the source", upload_id=upload_id)
