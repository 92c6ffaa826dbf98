"""POST /api/v1/uploads: a file as the raw body, or as the first file of a form."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import BodyPartReader, web

from klipfast_server import asked, identifiers, keys, reading, uploads, usage, wire
from klipfast_server.config import Config
from klipfast_server.errors import BadRequest, Unprocessable
from klipfast_server.operations import operation
from klipfast_server.run import UPLOAD
from klipfast_server.uploads import Received, Upload
from pipeline.data import Source
from pipeline.errors import SourceError

routes = web.RouteTableDef()

CHUNK = 1 << 18  # bytes


@routes.post("/api/v1/uploads")
@operation(
    tag="Videos",
    query=asked.UploadQuery,
    raw_body=("application/octet-stream", "multipart/form-data"),
    answers={201: (wire.Uploaded,)},
    errors=(422,),
    example_query="?filename=talk.mp4",
    example_arguments=("--data-binary @talk.mp4",),
)
async def upload(request: web.Request) -> web.Response:
    """Send a file in one request, as the body or as the first file of a form.

    Its video_url is then handed in. 422 says why the file cannot be used.
    """
    config = request.app[keys.CONFIG]
    plan_bytes = await _room(request)
    upload_id = identifiers.new("upload")
    path = uploads.folder(config, upload_id) / "source"
    name, chunks = await _file(request, config.sources.idle_s)
    received = await uploads.receive(
        chunks,
        path,
        max_bytes=config.sources.max_bytes,
        plan_bytes=plan_bytes,
        reserve_bytes=config.sources.min_free_bytes,
    )
    try:
        source = await _probed(request, path)
        row = await _recorded(request, upload_id, received, name, source)
    except BaseException:  # without a row nobody would ever ask for the file
        await asyncio.to_thread(shutil.rmtree, path.parent, ignore_errors=True)
        raise
    return wire.reply(_answer(row), status=201)


async def _room(request: web.Request) -> int:
    """Bytes that the plan has left. A length that is told is refused before anything is read."""
    db, account = request.app[keys.DATABASE], request[keys.ACCOUNT]
    config = request.app[keys.CONFIG]
    plan, told = config.plans[account.plan], request.content_length or 0
    async with db.pool.acquire() as connection:
        await usage.check_storage(db, connection, account, plan, more_bytes=told)
        used = await usage.storage_used_bytes(db, connection, account.account_id)
    await asyncio.to_thread(
        uploads.check_space, config.server.data_dir, told, config.sources.min_free_bytes
    )
    if told > config.sources.max_bytes:
        raise BadRequest(
            f"The file is larger than the {config.sources.max_bytes:,} bytes allowed here."
        )
    return plan.storage_mb * usage.MB - used


async def _file(request: web.Request, idle_s: float) -> tuple[str, AsyncIterator[bytes]]:
    """(name, content) of the file that is sent."""
    if not request.content_type.startswith("multipart/"):
        name = reading.query(request, asked.UploadQuery).filename
        return _base_name(name), _steady(request.content.iter_chunked(CHUNK), idle_s)
    try:
        async for part in await request.multipart():
            if isinstance(part, BodyPartReader) and part.filename is not None:
                return _base_name(part.filename), _steady(_chunks(part), idle_s)
    except ValueError as error:
        raise BadRequest(f"The form cannot be read: {error}.") from error
    raise BadRequest("The form has no file; send it as a part with a file name.", field="file")


async def _chunks(part: BodyPartReader) -> AsyncIterator[bytes]:
    while chunk := await part.read_chunk(CHUNK):
        yield chunk


async def _steady(chunks: AsyncIterator[bytes], idle_s: float) -> AsyncIterator[bytes]:
    """The same chunks; a caller that falls silent is told so instead of holding a place."""
    iterator = aiter(chunks)
    while True:
        try:
            async with asyncio.timeout(idle_s):
                chunk = await anext(iterator)
        except StopAsyncIteration:
            return
        except TimeoutError as error:
            raise BadRequest(f"Nothing of the file came for {idle_s:g} seconds.") from error
        except ValueError as error:
            raise BadRequest(f"The form cannot be read: {error}.") from error
        yield chunk


def _base_name(name: str) -> str:
    printable = "".join(letter for letter in name if letter.isprintable())
    return printable.replace("\\", "/").rsplit("/", 1)[-1][:200] or "video"


async def _probed(request: web.Request, path: Path) -> Source:
    """Raises Unprocessable."""
    config: Config = request.app[keys.CONFIG]
    limit_s = config.plans[request[keys.ACCOUNT].plan].max_source_minutes * 60.0
    engine = request.app[keys.ENGINE]
    try:
        return await asyncio.to_thread(engine.probe, path, max_duration_s=limit_s)
    except SourceError as error:
        raise Unprocessable(str(error), reason=error.reason) from error


async def _recorded(
    request: web.Request, upload_id: str, received: Received, name: str, source: Source
) -> Upload:
    config, account = request.app[keys.CONFIG], request[keys.ACCOUNT]
    return await uploads.add(
        request.app[keys.DATABASE],
        account.account_id,
        upload_id,
        received,
        file_name=name,
        info=uploads.source_info(source),
        plan=config.plans[account.plan],
        keep_s=config.retention.upload_hours * 3600,
    )


def _answer(row: Upload) -> wire.Uploaded:
    info = row.info
    return wire.Uploaded(
        upload_id=row.upload_id,
        video_url=UPLOAD + row.upload_id,
        file_name=row.file_name,
        size_bytes=row.size_bytes,
        sha256=row.sha256.hex(),
        duration_seconds=info.duration_seconds,
        width=info.width,
        height=info.height,
        fps=info.fps,
        expires_at=wire.moment(row.expires_at),
    )
