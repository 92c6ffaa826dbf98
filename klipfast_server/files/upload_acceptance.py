"""What both kinds of upload share: size limits, timeouts, and accepting a complete file."""

import asyncio
import functools
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

from aiohttp.http_exceptions import HttpProcessingError

from klipfast_server.core.config import Config, Sources
from klipfast_server.core.engine import Engine
from klipfast_server.core.errors import BadRequest, OverLimit, Unprocessable
from klipfast_server.core.turns import SharedThreads
from klipfast_server.files import receiving
from klipfast_server.files.source_files import SourceFiles
from klipfast_server.store import usage
from klipfast_server.store.accounts import Account
from klipfast_server.store.database import Database
from klipfast_server.store.intake import uploads
from klipfast_server.store.intake.uploads import Received, Upload
from klipfast_server.telemetry.metrics import Metrics
from pipeline.core.errors import SourceError

CHUNK_BYTES = 1 << 18
# aiohttp's errors for a malformed form; LookupError: the file name has an unknown encoding.
UNREADABLE = (ValueError, LookupError, AssertionError, HttpProcessingError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Accepts the files of an account."""

    db: Database
    config: Config
    engine: Engine
    probes: SharedThreads
    account: Account
    metrics: Metrics
    files: SourceFiles
    token_bytes: int | None = None  # that an upload token allows for one file

    @property
    def max_bytes(self) -> int:
        """Return the maximum size of one file."""
        plan = self.config.plans[self.account.plan]
        most = min(self.config.sources.max_bytes, plan.max_upload_mb * usage.MB)
        return most if self.token_bytes is None else min(most, self.token_bytes)

    async def room(self, size_bytes: int) -> int:
        """Return the bytes that the plan has for a file; `size_bytes` is 0 if unknown.

        Raises OverLimit, DiskFull or BadRequest if `size_bytes` are too many.
        """
        plan = self.config.plans[self.account.plan]
        async with self.db.pool.acquire() as connection:
            await usage.check_storage(
                self.db, connection, self.account, plan, more_bytes=size_bytes
            )
            left = await usage.storage_left_bytes(self.db, connection, self.account, plan)
        if size_bytes > self.max_bytes:
            raise receiving.too_large(self.max_bytes)
        await asyncio.to_thread(
            receiving.check_space,
            self.config.server.data_dir,
            size_bytes,
            self.config.sources.min_free_bytes,
        )
        return left

    async def accept(
        self, upload_id: str, received: Received, name: str, *, resumable: bool = False
    ) -> Upload:
        """Probe a complete file and record it. A refused file is removed.

        Raises Unprocessable or OverLimit. `resumable`: keep the file on any other error, because
        the caller will retry.
        """
        plan = self.config.plans[self.account.plan]
        try:
            limit_s = plan.max_source_minutes * 60.0
            source = await self.probes.run(
                self.account.account_id,
                functools.partial(self.engine.probe, received.path, max_duration_s=limit_s),
            )
            added = await uploads.add(
                self.db,
                self.account.account_id,
                upload_id,
                received,
                file_name=name,
                info=uploads.source_info(source),
                plan=plan,
                keep_s=self.config.retention.upload_hours * 3600,
            )
        except SourceError as error:
            await self.remove(upload_id)
            raise Unprocessable(str(error), reason=error.reason) from error
        except OverLimit:
            await self.remove(upload_id)
            raise
        except BaseException:  # without a row, nobody would ever ask for the file
            if not resumable:
                await self.remove(upload_id)
            raise
        self.metrics.uploaded_bytes.inc(received.size_bytes)
        self.files.added()
        return added

    async def remove(self, upload_id: str) -> None:
        """Remove the file of an upload and its record as a partial upload."""
        await self.db.pool.execute(self.db.sql["delete_partial_upload"], upload_id)
        await self.files.remove(upload_id)


def silent(idle_s: float) -> BadRequest:
    """Create the error for a caller that sent nothing for `idle_s`."""
    return BadRequest(f"Nothing of the file came for {idle_s:g} seconds.", field=receiving.FILE)


async def steady(chunks: AsyncIterator[bytes], sources: Sources) -> AsyncIterator[bytes]:
    """Yield the same chunks. Raises BadRequest for a silent or slow caller, to free its place."""
    iterator, idle_s = aiter(chunks), sources.idle_s
    began, received_bytes = time.monotonic(), 0
    while True:
        try:
            async with asyncio.timeout(idle_s):
                chunk = await anext(iterator)
        except StopAsyncIteration:
            return
        except TimeoutError as error:
            raise silent(idle_s) from error
        except UNREADABLE as error:
            raise BadRequest(
                "The upload was interrupted, or its form is malformed.", field=receiving.FILE
            ) from error
        received_bytes += len(chunk)
        spent_s = time.monotonic() - began
        if spent_s > idle_s and received_bytes < sources.min_bytes_per_s * spent_s:
            raise BadRequest(
                f"The file comes too slowly: {received_bytes:,} bytes in {spent_s:.0f} seconds, "
                f"less than {sources.min_bytes_per_s:,} bytes per second.",
                field=receiving.FILE,
            )
        yield chunk


def base_name(name: str, *, otherwise: str = "video") -> str:
    """Return the printable characters of the last part of a path in any notation."""
    printable = "".join(letter for letter in name if letter.isprintable())
    return printable.replace("\\", "/").rsplit("/", 1)[-1][:200] or otherwise
