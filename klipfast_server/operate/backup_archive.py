"""The file of a backup: a tar archive that ends with the SHA-256 of each of its members.

Members come in this order: `database.dump` (of pg_dump), `secret`, files under `storage/` and
`uploads/`, `manifest.json`, and `SHA256SUMS` as `sha256sum --check` reads it. Whatever is cut off
or changed does not fit any more.
"""

import hashlib
import io
import re
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from typing import IO, Any, cast

import msgspec
from msgspec import Struct

FORMAT = 2  # version of the archive
DUMP, MANIFEST, SUMS, SECRET = "database.dump", "manifest.json", "SHA256SUMS", "secret"
STORAGE, UPLOADS = "storage", "uploads"  # folders
NAME = re.compile(
    rf"{DUMP}|{MANIFEST}|{SUMS}|{SECRET}|({STORAGE}|{UPLOADS})(/(?!\.\.?(/|$))[^/\\]+)+"
)
FORMER = "database/"  # where format 1 had its rows
MAX_MANIFEST_BYTES = 10_000_000
PRIVATE = 0o600  # the archive has the secrets of webhooks
Told = Callable[[int], None]  # is called with the bytes that were done since the last call


class BackupError(Exception):
    """A backup cannot be made, or not be restored; the text has the reason."""


class Manifest(Struct, frozen=True, kw_only=True):
    """What an archive says of itself."""

    format: int
    version: str  # KlipFast that made it
    migration: int  # the last one of the tables
    postgres: int  # major version
    taken_at: str  # ISO 8601; all rows are of this moment
    tables: dict[str, int]  # rows
    files: int
    file_bytes: int
    missing: int  # files that rows name and that were deleted while the backup was made


class Writer:
    """Writes an archive; `sums` is a temporary file, since the list may be long."""

    def __init__(self, file: IO[bytes], sums: IO[bytes], told: Told) -> None:
        self._tar = tarfile.TarFile(fileobj=file, mode="w", format=tarfile.PAX_FORMAT)
        self._sums, self._told = sums, told

    def add(self, name: str, file: IO[bytes]) -> int:
        """Add an open file as long as it is now (an upload may go on growing); return its size."""
        header = tarfile.TarInfo(name)
        header.size, header.mtime = file.seek(0, io.SEEK_END), int(time.time())
        header.mode = PRIVATE
        file.seek(0)
        digest = hashlib.sha256()
        self._tar.addfile(header, _Hashed(file, digest, self._told))
        self._tar.members = []  # type: ignore[attr-defined]  # it would grow with the archive
        self._sums.write(f"{digest.hexdigest()}  {name}\n".encode())
        return header.size

    def finish(self, **facts: Any) -> Manifest:
        """Add the manifest, which has the `facts`, and the list; return the manifest."""
        manifest = Manifest(**{"format": FORMAT, **facts})
        body = msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n"
        self.add(MANIFEST, io.BytesIO(body))
        self.add(SUMS, self._sums)
        self._tar.close()
        return manifest


class _Hashed(io.RawIOBase):
    """A file that takes the hash of what is read."""

    def __init__(self, file: IO[bytes], digest: "hashlib._Hash", told: Told) -> None:
        self._file, self._digest, self._told = file, digest, told

    def read(self, size: int = -1) -> bytes:
        chunk = self._file.read(size)
        self._digest.update(chunk)
        self._told(len(chunk))
        return chunk


def read(file: IO[bytes]) -> Iterator[tuple[str, int, io.BufferedReader]]:
    """Yield (name, size in bytes, content) of each member, from the beginning of the file.

    Raises BackupError for what we do not write ourselves: other names, such that lead out of the
    folder included, and links. Raises TarError or ValueError for what is no archive.
    """
    file.seek(0)
    with tarfile.open(fileobj=file, mode="r:") as tar:
        while (header := tar.next()) is not None:
            tar.members.clear()  # type: ignore[attr-defined]  # it would grow with the archive
            if header.name.startswith(FORMER):
                raise BackupError(
                    "This backup has the format of an earlier version of KlipFast: restore it with "
                    "the version that made it, update that server, and back up again."
                )
            if header.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or header.issparse():
                raise BackupError(f"{header.name!r} in the archive is no plain file.")
            if not NAME.fullmatch(header.name) or not header.name.isprintable():
                raise BackupError(
                    f"{header.name[:200]!r} in the archive is no name that a backup has."
                )
            content = cast("io.BufferedReader", tar.extractfile(header))
            yield header.name, header.size, content


def verify(file: IO[bytes], told: Told) -> Manifest:
    """Read the whole archive, check every member, and return the manifest. Raises BackupError."""
    is_whole, manifest = False, b""
    try:
        with tempfile.TemporaryFile() as spool:
            for name, size_bytes, content in read(file):
                if is_whole:
                    raise BackupError(f"{name} stands behind the end of the archive.")
                if name == SUMS:
                    _compare(content, spool)
                    is_whole = True
                    continue
                digest = hashlib.file_digest(content, "sha256").hexdigest()
                spool.write(f"{digest}  {name}\n".encode())
                told(size_bytes)
                if name == MANIFEST and size_bytes <= MAX_MANIFEST_BYTES:
                    content.seek(0)
                    manifest = content.read()
    except (tarfile.TarError, ValueError, OverflowError) as error:
        raise BackupError(f"The archive is damaged, cut off, or no backup: {error}.") from error
    if not is_whole:
        raise BackupError("The archive is cut off: its end, which lists what it has, is missing.")
    try:
        return msgspec.json.decode(manifest, type=Manifest)
    except msgspec.MsgspecError as error:
        raise BackupError(f"The archive is no backup: {error} in its manifest.") from error


def _compare(listed: IO[bytes], found: IO[bytes]) -> None:
    found.seek(0)
    for line in found:
        if listed.readline(len(line)) != line:
            name = line.decode().partition("  ")[2].strip()
            raise BackupError(f"The archive is damaged: {name} has changed.")
    if listed.read(1):
        raise BackupError("The archive is damaged: a file that its list names is missing.")
