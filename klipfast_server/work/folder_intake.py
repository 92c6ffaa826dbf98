"""Takes a file of a watched folder in: an upload, checked and counted as any other, and a job."""

import asyncio
import os
import stat
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from klipfast_server.core import identifiers
from klipfast_server.core.config import Folder, Plan
from klipfast_server.core.errors import Conflict, KlipfastError
from klipfast_server.core.tasks import settle
from klipfast_server.files import receiving, upload_acceptance
from klipfast_server.files.upload_acceptance import CHUNK_BYTES, Intake
from klipfast_server.store import jobs
from klipfast_server.store.accounts import Account
from klipfast_server.store.intake import folder_files, uploads
from klipfast_server.store.intake.folder_files import FolderFile
from klipfast_server.store.intake.uploads import Upload
from klipfast_server.work import configured_requests
from klipfast_server.work.folder_listing import Stamp, stamp_of
from klipfast_server.work.intake_context import IntakeContext

READ_S = 5.0  # that a read goes on after it was canceled, before it is left alone


class Changing(Exception):
    """The file has changed since it was listed, or is no file any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderIntake:
    """Takes files of a folder in for an account."""

    context: IntakeContext
    folder: Folder
    account: Account
    plan: Plan

    async def take(self, name: bytes, stamp: Stamp, row: FolderFile | None) -> str:
        """Return the job of a file, which continues where an earlier try (`row`) ended.

        Raises Changing, OSError, and KlipfastError: OverLimit, RateLimited and Unavailable where a
        later try may succeed.
        """
        account_id, db = self.account.account_id, self.context.db
        upload = None
        if row is not None and row.upload_id is not None:
            upload = await uploads.get(db, account_id, row.upload_id)
        if upload is None:
            upload = await self._receive(name, stamp)
        video_url = f"{uploads.UPLOAD}{upload.upload_id}"
        made: str | None = await db.pool.fetchval(
            db.sql["job_of_url"], account_id, video_url, upload.created_at
        )
        return made or await self._submit(upload, video_url)

    async def _receive(self, name: bytes, stamp: Stamp) -> Upload:
        """Copy a file into an upload, and check it."""
        context, account_id = self.context, self.account.account_id
        dock = Intake(
            db=context.db,
            config=context.config,
            engine=context.engine,
            probes=context.probes,
            account=self.account,
            metrics=context.metrics,
            files=context.files,
        )
        left_bytes = await dock.room(stamp.size_bytes)
        upload_id = identifiers.new("upload")
        file = FolderFile(name=name, **stamp._asdict(), upload_id=upload_id)
        await folder_files.put(context.db, account_id, str(self.folder.path), file)
        received = await receiving.receive(
            _chunks(self.folder.path / os.fsdecode(name), stamp),
            uploads.folder(context.config, upload_id) / "source",
            max_bytes=dock.max_bytes,
            left_bytes=left_bytes,
            reserve_bytes=context.config.sources.min_free_bytes,
        )
        return await dock.accept(
            upload_id, received, upload_acceptance.base_name(os.fsdecode(name))
        )

    async def _submit(self, upload: Upload, video_url: str) -> str:
        context, account_id = self.context, self.account.account_id
        configured_requests.check_length(upload.info, self.plan.max_source_minutes)
        submission = configured_requests.submission(
            self.folder,
            video_url,
            {"folder": self.folder.path.name, "file": upload.file_name},
            config=context.config,
            caption_styles=context.engine.caption_styles,
            upload=upload,
        )
        try:
            job = await jobs.submit(context.db, context.config, account_id, submission)
        except Conflict as error:  # the same file and options, in work already
            with suppress(KlipfastError):
                await uploads.delete(context.db, account_id, upload.upload_id)
            return str(error.extra["job_id"])
        return job.job_id


async def _chunks(path: Path, stamp: Stamp) -> AsyncIterator[bytes]:
    """Yield the content of a file. Raises Changing if it is not what was listed, or OSError."""
    descriptor = await settle(asyncio.to_thread(_open, path))
    try:
        _check(descriptor, stamp)
        while chunk := await settle(
            asyncio.to_thread(os.read, descriptor, CHUNK_BYTES), within_s=READ_S
        ):
            yield chunk
        _check(descriptor, stamp)
    finally:
        os.close(descriptor)


def _open(path: Path) -> int:
    # Whoever may write into the folder may have put a link, or a pipe, in the place of the file.
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        return os.open(path, flags)
    except FileNotFoundError as error:
        raise Changing from error


def _check(descriptor: int, stamp: Stamp) -> None:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or stamp_of(status) != stamp:
        raise Changing
