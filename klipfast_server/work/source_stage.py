"""Brings the source of a job, and the files of its brand, onto this disk, and looks into it."""

import asyncio
import dataclasses
import time
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from klipfast_server.core.errors import Unprocessable
from klipfast_server.files import digests
from klipfast_server.net import page_video
from klipfast_server.net.page_video import Page
from klipfast_server.store import brands
from klipfast_server.store.intake import uploads
from klipfast_server.store.queue import job_queue
from klipfast_server.work import source_keeping
from klipfast_server.work.job_stages import Stages
from pipeline.core.data import Options, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """The source of a job on this disk."""

    path: Path
    took_s: float | None  # seconds of the download; None: nothing was downloaded
    page: Page = field(default_factory=Page)  # what a web page tells of it


async def fetch(stages: Stages) -> Fetched:
    """Download the source, unless it is kept.

    Raises FetchError, StorageError and DiskFull, and Unprocessable where nobody has the upload.
    """
    for upload_id in source_keeping.kept_by(stages.job):
        with suppress(FileNotFoundError):
            path = await stages.unless_told(stages.context.files.locate(upload_id))
            return Fetched(path=path, took_s=None)
    if stages.job.video_url.startswith(uploads.UPLOAD):
        raise Unprocessable(
            "The upload has expired, or its file was lost; send it again as a new job.",
            reason="source_gone",
        )
    path, began = stages.work_dir / "source", time.monotonic()
    tell = partial(stages.progress.tell, "fetch")
    with stages.context.metrics.stage("fetch"):
        page = await stages.unless_told(
            page_video.fetch(
                stages.job.video_url, path, sources=stages.context.config.sources, progress=tell
            )
        )
    return Fetched(path=path, took_s=time.monotonic() - began, page=page)


async def with_brand(stages: Stages, options: Options) -> Options:
    """Return the options with the files of their brand, copied into the work folder.

    Raises Unprocessable where one was deleted after the job had ended, and it is run again.
    """
    brand = options.brand
    if brand is None:
        return options
    folder = stages.work_dir / "brand"
    await asyncio.to_thread(folder.mkdir)
    for name in brand.files:
        key = brands.key_of(brand.brand_id, name)
        try:
            await stages.unless_told(stages.context.storage.fetch(key, folder / name))
        except FileNotFoundError:
            raise Unprocessable(
                f"The brand {brand.brand_id} no longer has the {name.partition('-')[0]} that "
                "it had when this job was submitted; submit the video again."
            ) from None
    return dataclasses.replace(options, brand=brand.located(folder))


async def probe(stages: Stages, fetched: Fetched, limit_s: float) -> Source:
    """Look into the file and record what it is. Raises SourceError and OverLimit."""
    with stages.context.metrics.stage("probe"):
        watched = stages.watched("probe")
        source = await asyncio.to_thread(
            watched.run, stages.context.engine.probe, fetched.path, max_duration_s=limit_s
        )
    info = uploads.source_info(source)
    await job_queue.set_source(
        stages.context.db, stages.job, info, fetched_s=fetched.took_s, title=fetched.page.title
    )
    await job_queue.check_minutes(stages.context.db, stages.context.config, stages.job)
    return source


async def digest(stages: Stages, path: Path) -> bytes:
    """Return the SHA-256 of the source. Raises Canceled."""
    stages.progress.tell("probe", 0.0)
    watched = stages.watched("probe")
    control = dataclasses.replace(stages.progress.control(), on_check=watched.beat)
    return await asyncio.to_thread(watched.run, digests.digest, path, control.check)
