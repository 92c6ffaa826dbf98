"""Finds the file of a form (RFC 7578), and bounds what may come before it.

aiohttp parses forms line by line on the event loop, without an end to how many lines or parts. Each
costs microseconds, so a megabyte of them would stop every other request for seconds.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import cast

from aiohttp import BodyPartReader, MultipartReader, StreamReader, web

from klipfast_server.core.config import Sources
from klipfast_server.core.errors import BadRequest
from klipfast_server.files import receiving, upload_acceptance
from klipfast_server.files.upload_acceptance import CHUNK_BYTES, UNREADABLE

MAX_PARTS = 64  # before the file
MAX_FRAME_LINES = 1024  # before the file, outside of parts: preamble, boundaries, part headers
MAX_FRAME_BYTES = 1 << 15  # total size of these lines


async def first_file(
    request: web.Request, *, sources: Sources, max_skipped_bytes: int
) -> tuple[str, AsyncIterator[bytes]]:
    """Return (name, content) of the first part with a file name; other parts are skipped.

    `max_skipped_bytes`: of the content of other parts. Raises BadRequest, which says what is wrong.
    """
    frame = _Frame(request.content)
    try:
        form = MultipartReader(request.headers, cast(StreamReader, frame))
        part = await _file_part(form, sources, max_skipped_bytes)
        if part is not None:
            frame.is_counted = False
            return part.filename or "", upload_acceptance.steady(_chunks(part), sources)
    except UNREADABLE as error:
        raise BadRequest("The form is malformed (RFC 7578).", field=receiving.FILE) from error
    raise BadRequest(
        "The form has no file; send it as a part with a file name.", field=receiving.FILE
    )


class _Frame:
    """The stream of a form as its reader uses it: content by `read`, all else by `readline`."""

    def __init__(self, stream: StreamReader) -> None:
        self.is_counted = True
        self.read = stream.read
        self.at_eof = stream.at_eof
        self.unread_data = stream.unread_data
        self._stream = stream
        self._lines = self._bytes = 0

    async def readline(self, *, max_line_length: int | None = None) -> bytes:
        """Return the next line. Raises BadRequest beyond the limits."""
        line = await self._stream.readline(max_line_length=max_line_length)
        self._lines += 1
        self._bytes += len(line)
        if self.is_counted and (self._lines > MAX_FRAME_LINES or self._bytes > MAX_FRAME_BYTES):
            raise BadRequest(
                f"The form has more than {MAX_FRAME_LINES:,} lines or {MAX_FRAME_BYTES:,} bytes of "
                "preamble, boundaries and part headers before its file; begin it with its "
                "boundary, and send the file first.",
                field=receiving.FILE,
            )
        return line


async def _file_part(
    form: MultipartReader, sources: Sources, max_skipped_bytes: int
) -> BodyPartReader | None:
    """Return the first part with a file name; None if there is none. Raises BadRequest."""
    skipped_bytes = 0
    for _ in range(MAX_PARTS + 1):
        try:
            async with asyncio.timeout(sources.idle_s):
                part = await form.next()
        except TimeoutError as error:
            raise upload_acceptance.silent(sources.idle_s) from error
        if not isinstance(part, BodyPartReader):  # a form in a form is no file either
            return None
        if part.filename is not None:
            return part
        async for chunk in upload_acceptance.steady(_chunks(part), sources):
            skipped_bytes += len(chunk)
            if skipped_bytes > max_skipped_bytes:
                raise BadRequest(
                    f"The form has more than {max_skipped_bytes:,} bytes before its file.",
                    field=receiving.FILE,
                )
        await asyncio.sleep(0)  # all parts may be here already: then nothing above has waited
    raise BadRequest(
        f"The form has more than {MAX_PARTS} parts before its file; send the file first.",
        field=receiving.FILE,
    )


async def _chunks(part: BodyPartReader) -> AsyncIterator[bytes]:
    while chunk := await part.read_chunk(CHUNK_BYTES):
        yield chunk
