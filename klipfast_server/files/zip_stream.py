"""A ZIP archive that is made while it is sent: nothing of it is kept, in memory or on disk.

The standard library's writer puts sizes and checksums behind the content where it cannot go back.
Files are stored as they are, since videos and pictures are packed already; texts are packed. ZIP64
is used only where a size needs it: some programs cannot read it.
"""

import zlib
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

FIRST_YEAR = 1980  # earliest year that ZIP can store
READABLE = 0o644 << 16  # the mode of a file, where ZIP has it
REGULAR = 0o100000 << 16


class ZipStream:
    """An archive; what its methods return or yield is sent in that order. Names are of one file."""

    def __init__(self, made_at: datetime) -> None:
        """`made_at`: the time of all files."""
        self._sink = _Sink()
        self._zip = ZipFile(self._sink, "w", ZIP_STORED)
        self._at = (max(made_at.year, FIRST_YEAR), *made_at.timetuple()[1:6])

    def text(self, name: str, content: bytes) -> bytes:
        """Add a file that is at hand, packed; blocks for as long as packing takes."""
        info = self._info(name, ZIP_DEFLATED)
        self._zip.writestr(info, content, compresslevel=zlib.Z_BEST_SPEED)
        return self._sink.take()

    async def file(
        self, name: str, size_bytes: int, chunks: AsyncGenerator[bytes, None]
    ) -> AsyncGenerator[bytes, None]:
        """Add a file as it is. Raises RuntimeError if a small one turns out to have 4 GB."""
        info = self._info(name, ZIP_STORED)
        info.file_size = size_bytes  # decides about ZIP64; the true one is written behind
        with self._zip.open(info, "w") as entry:
            async with aclosing(chunks):
                async for chunk in chunks:
                    entry.write(chunk)
                    yield self._sink.take()
        yield self._sink.take()

    def end(self) -> bytes:
        """Write the table of contents; a second call writes nothing."""
        self._zip.close()
        return self._sink.take()

    def _info(self, name: str, method: int) -> ZipInfo:
        info = ZipInfo(name, self._at)
        info.compress_type = method
        info.external_attr = REGULAR | READABLE
        return info


class _Sink:
    """Takes what the writer writes, and cannot go back."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, part: bytes) -> int:
        self._parts.append(bytes(part))
        return len(part)

    def flush(self) -> None:
        """Do nothing: it is taken at once."""

    def close(self) -> None:
        """Do nothing: what is left is taken."""

    def take(self) -> bytes:
        """Return what was written since the last call."""
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken
