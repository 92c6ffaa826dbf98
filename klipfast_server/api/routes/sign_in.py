"""/api/v1/sign-in: a code from the operator becomes a key."""

from aiohttp import web

from klipfast_server.api import app_keys, replies, request_parsing
from klipfast_server.api.operations import operation
from klipfast_server.core.errors import Unauthorized
from klipfast_server.schema.sign_in import SignedIn, SignIn
from klipfast_server.store import sign_ins

routes = web.RouteTableDef()


@routes.post("/api/v1/sign-in")
@operation(
    tag="Account",
    body=SignIn,
    answers={201: (SignedIn,)},
    errors=(401, 409),
    key=False,
    example={"code": "GZ9dA4JtQm1XlqR8w0yT3uVb5nKc7eHs"},
)
async def sign_in(request: web.Request) -> web.Response:
    """Exchange a code for an API key that lasts a month.

    `klipfast-server keys link` makes codes. 401: the code is unknown, has expired or was used.
    409: the account has a hundred keys; the code works still, once one is revoked.
    """
    body = await request_parsing.body(request, SignIn)
    found = await sign_ins.exchange(request.app[app_keys.DATABASE], body.code)
    if found is None:
        raise Unauthorized(
            "This link was used already, or has expired; klipfast-server keys link makes another.",
            field="code",
        )
    account_id, key, secret = found
    request[app_keys.SIGNED_IN] = account_id
    assert key.expires_at is not None
    return replies.reply(
        SignedIn(key=secret, key_id=key.key_id, expires_at=key.expires_at), status=201
    )
