"""Which part of a file a caller wants, and of which file (RFC 9110, 13 and 14).

aiohttp sends the parts. What it would refuse without saying why, and what would be a part of
another file than the caller has the rest of, is found out here before it begins.
"""

import asyncio
import os
import re
from pathlib import Path

from aiohttp import ETag, web
from aiohttp.abc import AbstractStreamWriter
from multidict import CIMultiDict

from klipfast_server.core.errors import BeyondEnd, Changed, NotFound

RANGE = re.compile(r"bytes=(?:([0-9]{1,15})-([0-9]{0,15})|-([0-9]{1,15}))")


class WholeFile(web.FileResponse):
    """A file without regard to the range that was asked for."""

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Begin to send."""
        headers = CIMultiDict(
            (name, value)
            for name, value in request.headers.items()
            if name.lower() != "range" and value.isascii()  # clone() stumbles over other bytes
        )
        return await super().prepare(request.clone(headers=headers))


async def file(request: web.Request, path: Path, headers: dict[str, str]) -> web.FileResponse:
    """The answer with the file, or the part of it that the caller wants.

    A range that cannot be read, or several, are passed over as the RFC allows. Raises NotFound,
    Changed, or BeyondEnd.
    """
    try:
        stat = await asyncio.to_thread(path.stat)
    except FileNotFoundError as error:
        raise NotFound("This file has been deleted.") from error
    _check_unchanged(request, stat)
    kind = web.FileResponse if _wants_part(request, stat) else WholeFile
    return kind(path, headers=headers)


def _etag(stat: os.stat_result) -> str:
    """As aiohttp tells it."""
    return f"{stat.st_mtime_ns:x}-{stat.st_size:x}"


def _check_unchanged(request: web.Request, stat: os.stat_result) -> None:
    """Raises Changed where the caller asks for the file only as it was."""
    wanted: tuple[ETag, ...] | None = request.if_match
    since = request.if_unmodified_since
    if wanted is not None:
        same = any(tag.value in (_etag(stat), "*") and not tag.is_weak for tag in wanted)
        name = "If-Match"
    else:
        same = since is None or stat.st_mtime <= since.timestamp()
        name = "If-Unmodified-Since"
    if not same:
        raise Changed("The file has changed; download it again from the start.", field=name)


def _wants_part(request: web.Request, stat: os.stat_result) -> bool:
    """Raises BeyondEnd where there is nothing to send."""
    found = RANGE.fullmatch(request.headers.get("Range", "").strip())
    if found is None or not _is_of(request, stat):
        return False
    first, last, length = found.groups()
    if first is not None and last and int(last) < int(first):
        return False
    nothing = int(length) == 0 if first is None else int(first) >= stat.st_size
    if nothing:
        raise BeyondEnd(
            f"The range begins after the end of the file ({stat.st_size} bytes).",
            field="Range",
            headers={"Content-Range": f"bytes */{stat.st_size}"},
        )
    return True


def _is_of(request: web.Request, stat: os.stat_result) -> bool:
    """Whether the file is the one that If-Range names."""
    told = request.headers.get("If-Range")
    if told is None:
        return True
    since = request.if_range
    return told == f'"{_etag(stat)}"' or (since is not None and stat.st_mtime <= since.timestamp())
