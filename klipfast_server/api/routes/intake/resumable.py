"""/api/v1/resumable-uploads: tus 1.0.0 (core, creation, expiration, termination)."""

import asyncio
import base64
import re
from collections.abc import Coroutine, Mapping
from email.utils import format_datetime
from typing import Any, TypeVar

from aiohttp import web

from klipfast_server.api import app_keys
from klipfast_server.api.operations import Header, operation
from klipfast_server.api.routes.intake.uploads import dock_of
from klipfast_server.core.errors import BadRequest, Conflict, WrongMedia, WrongVersion
from klipfast_server.files import resumable, upload_acceptance
from klipfast_server.files.resumable import Partial
from klipfast_server.files.upload_acceptance import CHUNK_BYTES, Intake
from klipfast_server.store.intake import uploads
from klipfast_server.store.intake.uploads import Upload

routes = web.RouteTableDef()
Result = TypeVar("Result")

VERSION = "1.0.0"
EXTENSIONS = "creation,expiration,termination"
PIECE = "application/offset+octet-stream"
COLLECTION = "/api/v1/resumable-uploads"
WHOLE_NUMBER = re.compile(r"[0-9]{1,15}")
TUS = {"Tus-Resumable": VERSION}
_BASE64 = "([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"
_PAIR = f"[!-+.-~-]+( {_BASE64})?"
PAIRS = f"{_PAIR}(, ?{_PAIR})*"  # a name and its value each
SENT = Header(
    name="Tus-Resumable",
    description="The protocol's version.",
    schema={"type": "string", "enum": [VERSION]},
    required=True,
)
LENGTH = Header(
    name="Upload-Length",
    description="Bytes of the whole file.",
    schema={"type": "string", "pattern": "^[1-9][0-9]{0,14}$"},
    required=True,
)
METADATA = Header(
    name="Upload-Metadata",
    description="filename and its Base64 value, as tus defines.",
    schema={"type": "string", "pattern": f"^{PAIRS}$"},
)
WHERE = Header(
    name="Upload-Offset",
    description="Offset of these bytes, as returned by HEAD.",
    schema={"type": "string", "pattern": "^[0-9]{1,15}$"},
    required=True,
)
OFFSET = {"Upload-Offset": "Bytes received so far."}
EXPIRES = {"Upload-Expires": "When the unfinished upload is deleted."}
GIVEN_UP = {
    "Given-Up-Sources": "Jobs whose kept source was deleted to make room for this file; only if "
    "the plan's storage was full."
}
TOLD = {"Tus-Resumable": "The protocol's version."}
CURL_TUS = '-H "Tus-Resumable: 1.0.0"'


@routes.options(COLLECTION)
@operation(tag="Videos", answers={204: ()}, answer_headers=TOLD, key=False)
async def describe_resumable(request: web.Request) -> web.Response:
    """Describe the supported tus version and extensions.

    They are in the headers of the answer.
    """
    limit = request.app[app_keys.CONFIG].sources.max_bytes
    headers = {"Tus-Version": VERSION, "Tus-Extension": EXTENSIONS, "Tus-Max-Size": str(limit)}
    return web.Response(status=204, headers=TUS | headers)


@routes.post(COLLECTION)
@operation(
    tag="Videos",
    upload_token=True,
    headers=(SENT, LENGTH, METADATA),
    answers={201: ()},
    answer_headers=TOLD | EXPIRES | {"Location": "URL that receives the bytes."},
    errors=(412,),
    example_arguments=(CURL_TUS, '-H "Upload-Length: 1000000"', "-i"),
)
async def create_resumable(request: web.Request) -> web.Response:
    """Create a resumable upload (tus protocol).

    Any tus client does the rest; `video_url` is `upload://` plus the last segment of Location.
    """
    _check_version(request)
    dock = dock_of(request)
    size_bytes = _number(request, "Upload-Length")
    if size_bytes == 0:
        raise BadRequest("The file is empty.", field="Upload-Length")
    partial = await resumable.create(dock, _file_name(request), size_bytes)
    location = {"Location": f"{COLLECTION}/{partial.upload_id}"}
    return web.Response(status=201, headers=TUS | location | _expires(partial))


@routes.head(COLLECTION + "/{upload_id}")
@operation(
    tag="Videos",
    upload_token=True,
    headers=(SENT,),
    answers={200: ()},
    answer_headers=TOLD
    | OFFSET
    | EXPIRES
    | GIVEN_UP
    | {"Upload-Length": "Bytes of the whole file."},
    errors=(412, 422),
    example_arguments=(CURL_TUS,),
)
async def get_resumable_offset(request: web.Request) -> web.Response:
    """Get the number of bytes received.

    Continue from `Upload-Offset`, which is the length of a complete upload.
    """
    _check_version(request)
    dock, upload_id = dock_of(request), request.match_info["upload_id"]
    found = await uploads.get(dock.db, dock.account.account_id, upload_id)
    if found is not None:
        return _stands(found.size_bytes, found.size_bytes, {})
    partial = await resumable.get(dock, upload_id)
    have = await resumable.offset(dock, partial)
    told = _expires(partial)
    if have == partial.size_bytes:  # the server was killed after the last byte
        _, upload = await _received(request, dock, partial, None)
        told |= _given_up(upload)
    return _stands(have, partial.size_bytes, told)


def _stands(have: int, size_bytes: int, told: Mapping[str, str]) -> web.Response:
    headers = {"Upload-Offset": str(have), "Upload-Length": str(size_bytes)}
    return web.Response(headers=TUS | headers | dict(told) | {"Cache-Control": "no-store"})


@routes.patch(COLLECTION + "/{upload_id}")
@operation(
    tag="Videos",
    noted=False,  # its beginning is; there may be thousands of pieces
    upload_token=True,
    headers=(SENT, WHERE),
    raw_body=(PIECE,),
    answers={204: ()},
    answer_headers=TOLD | OFFSET | EXPIRES | GIVEN_UP,
    errors=(409, 412, 415, 422),
    example_arguments=(
        CURL_TUS,
        '-H "Upload-Offset: 0"',
        f'-H "Content-Type: {PIECE}"',
        "--data-binary @talk.mp4",
    ),
)
async def append_to_resumable(request: web.Request) -> web.Response:
    """Append bytes to an upload; bytes received before an interruption are kept.

    After the last byte the file is probed: 422 says why it cannot be used. 409:
    Upload-Offset is not the end of the received bytes.
    """
    _check_version(request)
    if request.content_type != PIECE:
        raise WrongMedia(f"The Content-Type of a piece must be {PIECE}.", field="Content-Type")
    at = _number(request, "Upload-Offset")
    dock = dock_of(request)
    partial = await resumable.get(dock, request.match_info["upload_id"])
    have, upload = await _received(request, dock, partial, at)
    headers = {"Upload-Offset": str(have)} | _given_up(upload)
    return web.Response(status=204, headers=TUS | headers | _expires(partial))


async def _received(
    request: web.Request, dock: Intake, partial: Partial, at: int | None
) -> tuple[int, Upload | None]:
    """Take a piece (`at` None: none) and end the upload if it was the last.

    Return the new offset, and the upload that has ended.
    """

    async def receive() -> tuple[int, Upload | None]:
        async with request.app[app_keys.PIECES].alone(partial.upload_id):
            have = partial.size_bytes
            if at is not None:
                chunks = request.content.iter_chunked(CHUNK_BYTES)
                steady = upload_acceptance.steady(chunks, dock.config.sources)
                have = await resumable.append(dock, partial, at, steady)
            if have < partial.size_bytes:
                return have, None
            return have, await resumable.complete(dock, partial)

    with request.app[app_keys.UPLOADING].running():
        return await _apart(receive())


async def _apart(work: Coroutine[Any, Any, Result]) -> Result:
    """In a task of its own, so that a later piece can end it without ending this connection."""
    task = asyncio.create_task(work)
    try:
        await asyncio.wait((task,))
    finally:
        if not task.done():
            task.cancel()
    if task.cancelled():
        raise Conflict("A later request for this upload has replaced this one.")
    return task.result()


@routes.delete(COLLECTION + "/{upload_id}")
@operation(
    tag="Videos",
    upload_token=True,
    headers=(SENT,),
    answers={204: ()},
    answer_headers=TOLD,
    errors=(409, 412),
    example_arguments=(CURL_TUS,),
)
async def delete_resumable(request: web.Request) -> web.Response:
    """Delete an unfinished upload and free its storage.

    404: the upload is complete, or does not exist; DELETE /api/v1/uploads/{upload_id} deletes a
    complete one.
    """
    _check_version(request)
    dock = dock_of(request)
    partial = await resumable.get(dock, request.match_info["upload_id"])

    async def remove() -> None:
        async with request.app[app_keys.PIECES].alone(partial.upload_id):
            await dock.remove(partial.upload_id)

    await _apart(remove())
    return web.Response(status=204, headers=TUS)


def _check_version(request: web.Request) -> None:
    version = request.headers.get("Tus-Resumable")
    if version is None:
        raise BadRequest(f"The header Tus-Resumable: {VERSION} is required.", field="Tus-Resumable")
    if version != VERSION:
        raise WrongVersion(
            f"Tus-Resumable must be {VERSION}.",
            field="Tus-Resumable",
            headers=TUS | {"Tus-Version": VERSION},
        )


def _number(request: web.Request, header: str) -> int:
    text = request.headers.get(header, "")
    if not WHOLE_NUMBER.fullmatch(text):
        raise BadRequest(f"{header} must be a whole number of bytes.", field=header)
    return int(text)


def _file_name(request: web.Request) -> str:
    """Return the file name of Upload-Metadata, if given. Raises BadRequest."""
    metadata = request.headers.get("Upload-Metadata")
    if metadata is None:
        return upload_acceptance.base_name("")
    if not re.fullmatch(PAIRS, metadata):
        raise BadRequest(
            "Upload-Metadata must be pairs of a name and a Base64 value, with commas between.",
            field="Upload-Metadata",
        )
    values = dict(pair.strip().partition(" ")[::2] for pair in metadata.split(","))
    return upload_acceptance.base_name(
        base64.b64decode(values.get("filename", "")).decode(errors="replace")
    )


def _given_up(upload: Upload | None) -> dict[str, str]:
    if upload is None or not upload.given_up_sources:
        return {}
    return {"Given-Up-Sources": ", ".join(upload.given_up_sources)}


def _expires(partial: Partial) -> dict[str, str]:
    return {"Upload-Expires": format_datetime(partial.expires_at, usegmt=True)}
