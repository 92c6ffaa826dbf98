"""The file of a backup: a tar archive that names each of its members with its SHA-256.

Members come in this order: `database/TABLE.copy.gz`, `secret`, files under `storage/` and
`uploads/`, `members.jsonl` (one line a member before it), and `manifest.json`, which has the
SHA-256 of the list. Whatever is cut off or changed does not fit any more. A video does not shrink
further, so only the tables are compressed. All functions here block.
"""

import hashlib
import json
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import msgspec
from msgspec import Struct

FORMAT = 1  # of the archive
READ_BYTES = 1 << 20
MEMBERS, MANIFEST, SECRET = "members.jsonl", "manifest.json", "secret"
DATABASE, STORAGE, UPLOADS = "database", "storage", "uploads"  # folders
MAX_MANIFEST_BYTES = 10_000_000
MAX_LINE_BYTES = 10_000  # of the list
PRIVATE = 0o600  # the archive has the secrets of webhooks


class BackupError(Exception):
    """A backup cannot be made, or not be restored; the text has the reason."""


class Dumped(Struct, frozen=True, kw_only=True):
    """The rows of a table in the archive."""

    columns: tuple[str, ...]
    rows: int


class Manifest(Struct, frozen=True, kw_only=True):
    """What the last member says of the archive."""

    format: int
    version: str  # of KlipFast
    migration: int  # the last one of the tables
    taken_at: str  # ISO 8601; all rows are of this moment
    tables: dict[str, Dumped]  # in the order in which they can be filled
    files: int
    file_bytes: int
    missing: int  # files that rows name and that were deleted while the backup was made
    members: int
    members_sha256: str  # of members.jsonl


class Member(Struct, frozen=True, kw_only=True, array_like=True):
    """A line of members.jsonl."""

    sha256: str
    size_bytes: int
    name: str


class Writer:
    """Writes an archive; a member's content comes in chunks."""

    def __init__(self, file: IO[bytes], list_file: IO[bytes]) -> None:
        """`list_file`: a temporary file for the list, which may be long."""
        self._file, self._list, self._hash = file, list_file, hashlib.sha256()
        self.members = 0
        self._name, self._left, self._size_bytes = "", 0, 0
        self._list_hash = hashlib.sha256()

    def begin(self, name: str, size_bytes: int) -> None:
        """Begin a member of exactly this size."""
        header = tarfile.TarInfo(name)
        header.size, header.mode, header.mtime = size_bytes, PRIVATE, int(time.time())
        self._file.write(header.tobuf(tarfile.PAX_FORMAT, "utf-8", "strict"))
        self._name, self._left, self._size_bytes = name, size_bytes, size_bytes
        self._hash = hashlib.sha256()

    def write(self, chunk: bytes) -> None:
        """Write more of the member; what goes beyond its size is not taken."""
        taken = chunk[: self._left]
        self._file.write(taken)
        self._hash.update(taken)
        self._left -= len(taken)

    def end(self) -> None:
        """End the member and put it on the list. Raises BackupError if it is too short."""
        if self._left:
            raise BackupError(f"{self._name} became shorter while it was read; start again.")
        self._file.write(b"\0" * (-self._size_bytes % tarfile.BLOCKSIZE))
        member = Member(sha256=self._hash.hexdigest(), size_bytes=self._size_bytes, name=self._name)
        line = msgspec.json.encode(member) + b"\n"
        self._list.write(line)
        self._list_hash.update(line)
        self.members += 1

    def copy(
        self, name: str, source: IO[bytes], size_bytes: int, told: "Told | None" = None
    ) -> None:
        """Write a whole member from an open file."""
        self.begin(name, size_bytes)
        left = size_bytes
        while left and (chunk := source.read(min(READ_BYTES, left))):
            self.write(chunk)
            left -= len(chunk)
            if told is not None:
                told(len(chunk))
        self.end()

    def finish(self, **facts: Any) -> Manifest:
        """Write the list and the manifest, and return it; `facts` are what it says besides."""
        manifest = Manifest(
            format=FORMAT,
            members=self.members,
            members_sha256=self._list_hash.hexdigest(),
            **facts,
        )
        size_bytes = self._list.tell()
        self._list.seek(0)
        self.copy(MEMBERS, self._list, size_bytes)
        body = msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n"
        self.begin(MANIFEST, len(body))
        self.write(body)
        self._file.write(b"\0" * (-len(body) % tarfile.BLOCKSIZE + 2 * tarfile.BLOCKSIZE))
        return manifest


Told = Callable[[int], None]  # is called with the bytes that were done since the last call


def read(file: IO[bytes]) -> Iterator[tuple[str, int, IO[bytes]]]:
    """Yield (name, size in bytes, content) of each member, from the beginning of the file.

    Raises BackupError for what is no archive, and for a member that is no plain file or whose
    name leads out of the folder.
    """
    file.seek(0)
    try:
        with tarfile.open(fileobj=file, mode="r:") as tar:
            while (header := tar.next()) is not None:
                tar.members.clear()  # type: ignore[attr-defined]  # it would grow with the archive
                if header.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or header.issparse():
                    raise BackupError(f"{header.name!r} in the archive is no plain file.")
                _check_name(header.name)
                content = tar.extractfile(header)
                assert content is not None
                yield header.name, header.size, content
    except (tarfile.TarError, UnicodeError, ValueError, OverflowError) as error:
        raise BackupError(f"The archive is damaged, cut off, or no backup: {error}.") from error


def _check_name(name: str) -> None:
    """Refuse what we do not write ourselves. Raises BackupError."""
    top, *below = name.split("/")
    is_file = bool(below) and top in (DATABASE, STORAGE, UPLOADS)
    is_top = not below and top in (SECRET, MEMBERS, MANIFEST)
    is_plain = all(part not in ("", ".", "..") for part in below) and name.isprintable()
    if not (is_file or is_top) or not is_plain or "\\" in name:
        raise BackupError(f"{name[:200]!r} in the archive is no name that a backup has.")


def verify(file: IO[bytes], told: Told) -> Manifest:
    """Read the whole archive, check every member, and return the manifest. Raises BackupError."""
    try:
        return _verify(file, told)
    except tarfile.TarError as error:
        raise BackupError(f"The archive is damaged or cut off: {error}.") from error


def _verify(file: IO[bytes], told: Told) -> Manifest:
    with tempfile.TemporaryFile() as spool:
        manifest, listed = None, None
        for name, size_bytes, content in read(file):
            if manifest is not None:
                raise BackupError(f"{name} stands behind the end of the archive.")
            if name == MANIFEST:
                manifest = _manifest(content, size_bytes)
            elif name == MEMBERS:
                listed = _compare(content, spool)
            elif listed is not None:
                raise BackupError(f"{name} stands behind the list of members.")
            else:
                digest = _digest(content, size_bytes, name, told)
                member = Member(sha256=digest, size_bytes=size_bytes, name=name)
                spool.write(msgspec.json.encode(member) + b"\n")
    if manifest is None or listed is None:
        raise BackupError("The archive is cut off: its end, which tells what it has, is missing.")
    if (manifest.members, manifest.members_sha256) != listed:
        raise BackupError("The archive is damaged: its list is not the one that was written.")
    return manifest


def _digest(content: IO[bytes], size_bytes: int, name: str, told: Told) -> str:
    digest, left = hashlib.sha256(), size_bytes
    while left:
        chunk = content.read(min(READ_BYTES, left))
        if not chunk:
            raise BackupError(f"The archive is cut off in {name}.")
        digest.update(chunk)
        left -= len(chunk)
        told(len(chunk))
    return digest.hexdigest()


def _compare(content: IO[bytes], spool: IO[bytes]) -> tuple[int, str]:
    """Compare the list with what was read; return how many lines it has, and its SHA-256."""
    spool.seek(0)
    digest, count = hashlib.sha256(), 0
    while line := content.readline(MAX_LINE_BYTES):
        found = spool.readline()
        if found != line:
            names = [_name(each) for each in (line, found)]
            raise BackupError(f"The archive is damaged: {names[0] or names[1]} has changed.")
        digest.update(line)
        count += 1
    if spool.readline():
        raise BackupError("The archive is damaged: its list is too short.")
    return count, digest.hexdigest()


def _name(line: bytes) -> str:
    try:
        return msgspec.json.decode(line, type=Member).name
    except msgspec.MsgspecError:
        return ""


def _manifest(content: IO[bytes], size_bytes: int) -> Manifest:
    if size_bytes > MAX_MANIFEST_BYTES:
        raise BackupError("The archive is damaged: its manifest is too large.")
    text = content.read(size_bytes)
    try:
        number = json.loads(text)["format"]
        if number != FORMAT:
            raise BackupError(
                f"This backup has format {number}, and this version of KlipFast knows format "
                f"{FORMAT}; restore it with the version that made it, or a newer one."
            )
        return msgspec.json.decode(text, type=Manifest)
    except (ValueError, KeyError, TypeError, msgspec.MsgspecError) as error:
        raise BackupError(
            f"The archive is damaged: its manifest cannot be read ({error})."
        ) from error


def partial(path: Path) -> Path:
    """Return where an archive grows until it is complete."""
    return path.with_name(f".{path.name}.part")
