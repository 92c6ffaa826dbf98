"""POST /api/v1/upload-tokens: let a browser upload without an API key."""

from aiohttp import web

from klipfast_server.api import replies, request_parsing
from klipfast_server.api.access import passes
from klipfast_server.api.operations import operation
from klipfast_server.core import tokens
from klipfast_server.schema import vocabulary
from klipfast_server.schema.account.access import UploadToken, UploadTokenRequest

routes = web.RouteTableDef()


@routes.post("/api/v1/upload-tokens")
@operation(
    tag="Videos",
    body=UploadTokenRequest,
    answers={201: (UploadToken,)},
    idempotent=True,
    example={"expires_in_seconds": 900},
)
async def create_upload_token(request: web.Request) -> web.Response:
    """Create a token that lets a browser upload files without the API key.

    Give it to your page: it allows uploads until it expires, within the plan's storage. The page
    sends the upload's `video_url` to your server, which submits it.
    """
    body = await request_parsing.body(request, UploadTokenRequest)
    token = passes.upload_token(request, body.expires_in_seconds, body.max_bytes)
    expires_at = vocabulary.moment(tokens.in_seconds(body.expires_in_seconds))
    return replies.reply(UploadToken(token=token, expires_at=expires_at), status=201)
