"""/api/v1/uploads: upload a file as the raw body or in a form; get and delete uploads."""

from collections.abc import AsyncIterator

from aiohttp import web

from klipfast_server import serializers
from klipfast_server.api import app_keys, caller, replies, request_parsing
from klipfast_server.api.operations import operation
from klipfast_server.core import identifiers
from klipfast_server.core.config import Config
from klipfast_server.core.errors import NotFound
from klipfast_server.files import disposal, forms, receiving, upload_acceptance
from klipfast_server.files.upload_acceptance import CHUNK_BYTES, Intake
from klipfast_server.schema import queries, responses
from klipfast_server.store.intake import uploads

routes = web.RouteTableDef()


@routes.post("/api/v1/uploads")
@operation(
    tag="Videos",
    query=queries.UploadQuery,
    raw_body=("application/octet-stream", "multipart/form-data"),
    answers={201: (responses.Uploaded,)},
    gives={"upload_id": "/upload_id"},
    errors=(422,),
    upload_token=True,
    example_query="?filename=talk.mp4",
    example_arguments=("--data-binary @talk.mp4",),
)
async def upload_file(request: web.Request) -> web.Response:
    """Upload a file in one request, as the body or as the first file of a form.

    Submit the returned video_url. 422 says why the file cannot be used.
    """
    name = request_parsing.query(request, queries.UploadQuery).filename
    dock = dock_of(request)
    left_bytes = await dock.room(request.content_length or 0)
    upload_id = identifiers.new("upload")
    with request.app[app_keys.UPLOADING].running():
        name, chunks = await _file(request, name, dock.config)
        received = await receiving.receive(
            chunks,
            uploads.folder(dock.config, upload_id) / "source",
            max_bytes=dock.max_bytes,
            left_bytes=left_bytes,
            reserve_bytes=dock.config.sources.min_free_bytes,
        )
    return replies.reply(
        serializers.uploaded(await dock.accept(upload_id, received, name)), status=201
    )


@routes.get("/api/v1/uploads/{upload_id}")
@operation(tag="Videos", answers={200: (responses.Uploaded,)})
async def get_upload(request: web.Request) -> web.Response:
    """Get the properties of an upload, and the video_url to submit.

    404: it is not there, is not complete, or has expired.
    """
    upload_id = request.match_info["upload_id"]
    found = await uploads.get(*caller.of(request), upload_id)
    if found is None:
        raise NotFound(f"There is no upload {upload_id}, or it has expired.")
    return replies.reply(serializers.uploaded(found))


@routes.delete("/api/v1/uploads/{upload_id}")
@operation(tag="Videos", answers={204: ()}, errors=(409,))
async def delete_upload(request: web.Request) -> web.Response:
    """Delete an upload before it expires and free its storage.

    409 names the job that still needs it.
    """
    dock, upload_id = dock_of(request), request.match_info["upload_id"]
    await uploads.delete(dock.db, dock.account.account_id, upload_id)
    await disposal.dispose(dock.db, request.app[app_keys.STORAGE], dock.config, upload_id)
    return web.Response(status=204)


def dock_of(request: web.Request) -> Intake:
    """Where the caller's files come in."""
    return Intake(
        db=request.app[app_keys.DATABASE],
        config=request.app[app_keys.CONFIG],
        engine=request.app[app_keys.ENGINE],
        probes=request.app[app_keys.PROBES],
        account=request[app_keys.ACCOUNT],
        metrics=request.app[app_keys.METRICS],
        files=request.app[app_keys.SOURCE_FILES],
        token_bytes=request.get(app_keys.UPLOAD_BYTES),
    )


async def _file(
    request: web.Request, name: str, config: Config
) -> tuple[str, AsyncIterator[bytes]]:
    """(name, content) of the file that is sent."""
    if request.content_type.startswith("multipart/"):
        name, chunks = await forms.first_file(
            request, sources=config.sources, max_skipped_bytes=config.limits.body_bytes
        )
    else:
        chunks = upload_acceptance.steady(request.content.iter_chunked(CHUNK_BYTES), config.sources)
    return upload_acceptance.base_name(name), chunks
