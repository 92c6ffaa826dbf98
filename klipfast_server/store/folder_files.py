"""Files of watched folders that are being taken in, or were taken in and are still there."""

from collections.abc import Iterable

import msgspec
from msgspec import Struct

from klipfast_server.store.database import Database


class FolderFile(Struct, frozen=True, kw_only=True):
    """A row of folder_files."""

    name: bytes  # as the file system has it, in no certain encoding
    size_bytes: int
    mtime_ns: int
    upload_id: str | None
    job_id: str | None
    error: str | None

    @property
    def is_ended(self) -> bool:
        """Whether it is known what has become of it."""
        return self.job_id is not None or self.error is not None


async def listed(db: Database, account_id: str, folder: str) -> dict[bytes, FolderFile]:
    """Return the known files of a folder by name."""
    rows = await db.pool.fetch(db.sql["folder_files"], account_id, folder)
    return {row["name"]: msgspec.convert(dict(row), FolderFile) for row in rows}


async def take(
    db: Database,
    account_id: str,
    folder: str,
    name: bytes,
    *,
    size_bytes: int,
    mtime_ns: int,
    upload_id: str,
) -> None:
    """Note that a file becomes this upload; an earlier file of its name is forgotten."""
    await db.pool.execute(
        db.sql["take_folder_file"], account_id, folder, name, size_bytes, mtime_ns, upload_id
    )


async def end(
    db: Database,
    account_id: str,
    folder: str,
    name: bytes,
    *,
    size_bytes: int,
    mtime_ns: int,
    job_id: str | None,
    error: str | None,
) -> None:
    """Note what has become of a file: a job, or none for this reason."""
    await db.pool.execute(
        db.sql["end_folder_file"], account_id, folder, name, size_bytes, mtime_ns, job_id, error
    )


async def forget(db: Database, account_id: str, folder: str, names: Iterable[bytes]) -> None:
    """Forget files that are in the folder no more."""
    await db.pool.execute(db.sql["forget_folder_files"], account_id, folder, list(names))
