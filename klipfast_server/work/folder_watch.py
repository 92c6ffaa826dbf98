"""Watches one folder of the settings: each media file that is put there becomes a job, once.

A file is taken once it has not changed for a while. It is copied, not linked: whoever still has it
open must not change what a job reads.
"""

import asyncio
import os
import time

import structlog

from klipfast_server.core.config import Folder
from klipfast_server.core.errors import KlipfastError, OverLimit, RateLimited, Unavailable
from klipfast_server.files import upload_acceptance
from klipfast_server.store import faults
from klipfast_server.store.intake import folder_files
from klipfast_server.store.intake.folder_files import FolderFile
from klipfast_server.work import folder_listing, intake_context
from klipfast_server.work.folder_intake import Changing, FolderIntake
from klipfast_server.work.folder_listing import Stamp
from klipfast_server.work.intake_context import IntakeContext

log = structlog.get_logger()


class FolderWatch:
    """The watch over one folder."""

    def __init__(self, context: IntakeContext, folder: Folder) -> None:
        self._context, self._folder = context, folder
        self._steady_since: dict[bytes, tuple[Stamp, float]] = {}
        self._told: dict[bytes, str] = {}  # why a file waits, as it was last logged
        self._log = log.bind(folder=str(folder.path), account=folder.account)

    async def run(self) -> None:
        """Look every so often; never returns."""
        await self._context.watch("folder", self._log, self.look)

    async def look(self) -> float:
        """Take every file that has not changed for a while; the seconds until the next look.

        Raises OSError and NoSuchAccount.
        """
        account, plan = await self._context.account(self._folder.account)
        there = await asyncio.to_thread(folder_listing.media_files, self._folder.path)
        rows = await folder_files.listed(self._context.db, account.account_id, self._key)
        if gone := rows.keys() - there.keys():
            await folder_files.forget(self._context.db, account.account_id, self._key, gone)
        self._told = {name: why for name, why in self._told.items() if name in there}
        taking = FolderIntake(
            context=self._context, folder=self._folder, account=account, plan=plan
        )
        for name in self._steady(there):
            stamp, row = there[name], rows.get(name)
            if row is not None and (row.size_bytes, row.mtime_ns) != stamp:
                row = None  # another file of the same name
            try:
                await self._take(taking, name, stamp, row)
            except Changing:
                self._steady_since.pop(name, None)
            except (OverLimit, RateLimited, Unavailable) as error:
                self._wait(name, error.message)
            except (*faults.LOST, TimeoutError):  # database failures: other files fare no better
                raise
            except OSError as error:
                self._wait(name, f"The file cannot be read or moved ({error.strerror}).")
            except Exception:  # the next file may be taken, and this one later
                self._context.count("folder", "failed")
                self._log.warning("file not taken", file=_shown(name), exc_info=True)
                self._steady_since[name] = (stamp, time.monotonic() + intake_context.FAULT_S)
        return self._folder.every_s

    async def _take(
        self, taking: FolderIntake, name: bytes, stamp: Stamp, row: FolderFile | None
    ) -> None:
        """Take a file in, and put it away; a file that is known to have ended only the latter."""
        if row is None or not row.is_ended:
            job_id, error = None, None
            try:
                job_id = await taking.take(name, stamp, row)
            except (OverLimit, RateLimited, Unavailable):
                raise
            except KlipfastError as refused:
                error = refused.message
            file = FolderFile(name=name, **stamp._asdict(), job_id=job_id, error=error)
            await folder_files.put(self._context.db, taking.account.account_id, self._key, file)
            self._context.count("folder", "refused" if job_id is None else "job")
            self._log.info("file taken", file=_shown(name), job_id=job_id, error=error)
        elif self._folder.after == "keep":
            return
        else:
            error = row.error
        if self._folder.after == "move":
            await asyncio.to_thread(folder_listing.put_away, self._folder.path, name, error)
            await folder_files.forget(
                self._context.db, taking.account.account_id, self._key, [name]
            )

    @property
    def _key(self) -> str:
        return str(self._folder.path)

    def _steady(self, there: dict[bytes, Stamp]) -> list[bytes]:
        """Return the files that have not changed for long enough, the oldest first."""
        now = time.monotonic()
        since = self._steady_since
        self._steady_since = {
            name: since[name] if name in since and since[name][0] == stamp else (stamp, now)
            for name, stamp in there.items()
        }
        return sorted(
            (
                name
                for name, (_, at) in self._steady_since.items()
                if now - at >= self._folder.steady_s
            ),
            key=lambda name: (there[name].mtime_ns, name),
        )

    def _wait(self, name: bytes, why: str) -> None:
        """Leave a file for a later look, and say why, once."""
        if self._told.get(name) != why:
            self._told[name] = why
            self._context.count("folder", "waiting")
            self._log.warning("file waits", file=_shown(name), error=why)


def _shown(name: bytes) -> str:
    """Return a file's name for people."""
    return upload_acceptance.base_name(os.fsdecode(name))
