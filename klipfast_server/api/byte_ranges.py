"""Range and conditional requests for files (RFC 9110, sections 13 and 14).

aiohttp sends the parts. This module refuses, with a reason, what aiohttp would refuse without one,
and a part of another version of the file than the caller already has.
"""

import asyncio
import os
import re
from pathlib import Path

from aiohttp import ETag, web
from aiohttp.abc import AbstractStreamWriter
from multidict import CIMultiDict

from klipfast_server.api import conditions
from klipfast_server.core.errors import BeyondEnd, Changed, NotFound

RANGE = re.compile(r"bytes=(?:([0-9]{1,15})-([0-9]{0,15})|-([0-9]{1,15}))")


class WholeFile(web.FileResponse):
    """A file response that ignores the Range header."""

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Send the headers."""
        headers = CIMultiDict(
            (name, value)
            for name, value in request.headers.items()
            if name.lower() != "range" and value.isascii()  # clone() stumbles over other bytes
        )
        return await super().prepare(request.clone(headers=headers))


async def file(request: web.Request, path: Path, headers: dict[str, str]) -> web.FileResponse:
    """Return the file, or the part of it that the request names.

    Malformed and multiple ranges are ignored, as the RFC allows. Raises NotFound, Changed, or
    BeyondEnd.
    """
    try:
        stat = await asyncio.to_thread(path.stat)
    except FileNotFoundError as error:
        raise NotFound("This file has been deleted.") from error
    _check_unchanged(request, stat)
    kind = web.FileResponse if _wants_part(request, stat) else WholeFile
    return kind(path, headers=headers)


def _etag(stat: os.stat_result) -> str:
    """Return the ETag as aiohttp computes it."""
    return f"{stat.st_mtime_ns:x}-{stat.st_size:x}"


def _check_unchanged(request: web.Request, stat: os.stat_result) -> None:
    """Raise Changed where If-Match or If-Unmodified-Since does not hold."""
    wanted: tuple[ETag, ...] | None = request.if_match
    since = request.if_unmodified_since
    if wanted is not None:
        same = conditions.names(wanted, _etag(stat))
        name = "If-Match"
    else:
        same = since is None or stat.st_mtime <= since.timestamp()
        name = "If-Unmodified-Since"
    if not same:
        raise Changed("The file has changed; download it again from the start.", field=name)


def _wants_part(request: web.Request, stat: os.stat_result) -> bool:
    """Return whether the request asks for a part. Raises BeyondEnd for an empty one."""
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
    """Return whether If-Range names this version of the file."""
    if_range = request.headers.get("If-Range")
    if if_range is None:
        return True
    since = request.if_range
    return if_range == f'"{_etag(stat)}"' or (
        since is not None and stat.st_mtime <= since.timestamp()
    )
