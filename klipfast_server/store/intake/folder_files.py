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
    upload_id: str | None = None
    job_id: str | None = None
    error: str | None = None

    @property
    def is_ended(self) -> bool:
        """Whether it is known what has become of it."""
        return self.job_id is not None or self.error is not None


async def listed(db: Database, account_id: str, folder: str) -> dict[bytes, FolderFile]:
    """Return the known files of a folder by name."""
    rows = await db.pool.fetch(db.sql["folder_files"], account_id, folder)
    return {row["name"]: msgspec.convert(dict(row), FolderFile) for row in rows}


async def put(db: Database, account_id: str, folder: str, file: FolderFile) -> None:
    """Note what a file is becoming or has become; an upload that was noted before stays."""
    await db.pool.execute(
        db.sql["put_folder_file"],
        account_id,
        folder,
        file.name,
        file.size_bytes,
        file.mtime_ns,
        file.upload_id,
        file.job_id,
        file.error,
    )


async def forget(db: Database, account_id: str, folder: str, names: Iterable[bytes]) -> None:
    """Forget files that are in the folder no more."""
    await db.pool.execute(db.sql["forget_folder_files"], account_id, folder, list(names))
