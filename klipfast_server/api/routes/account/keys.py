"""/api/v1/keys and /api/v1/sign-in: API keys that an account makes, or gets for a code."""

from datetime import UTC, datetime

import msgspec
from aiohttp import web

from klipfast_server.api import app_keys, replies, request_parsing
from klipfast_server.api.operations import operation
from klipfast_server.core import identifiers
from klipfast_server.core.errors import BadRequest, Conflict, Forbidden, NotFound, Unauthorized
from klipfast_server.schema import vocabulary
from klipfast_server.schema.account.keys import CreatedKey, Key, KeyList, KeyRequest
from klipfast_server.schema.account.sign_in import SignedIn, SignIn
from klipfast_server.store import own_keys, sign_ins
from klipfast_server.store.own_keys import OwnKey

routes = web.RouteTableDef()


@routes.get("/api/v1/keys")
@operation(tag="Account", answers={200: (KeyList,)}, gives={"key_id": "/keys/0/key_id"})
async def list_keys(request: web.Request) -> web.Response:
    """List the account's keys.

    A key is shown only when it is created.
    """
    account = request[app_keys.ACCOUNT]
    found = await own_keys.listed(request.app[app_keys.DATABASE], account.account_id)
    return replies.reply(KeyList(keys=[_shown(key, account.key_id) for key in found]))


@routes.post("/api/v1/keys")
@operation(
    tag="Account",
    body=KeyRequest,
    answers={201: (CreatedKey,)},
    errors=(409,),
    gives={"key_id": "/key_id"},
    idempotent=True,
    told_once="key_id",
    example={"name": "the dashboard", "scopes": ["read"]},
)
async def create_key(request: web.Request) -> web.Response:
    """Create a key for the account; its secret is shown only in this response.

    403: a key cannot grant scopes that it lacks. 409: the account has a hundred keys, or this
    Idempotency-Key already created the key that the message names.
    """
    body = await request_parsing.body(request, KeyRequest)
    account = request[app_keys.ACCOUNT]
    if body.expires_at is not None and body.expires_at <= datetime.now(UTC):
        raise BadRequest(
            "expires_at is in the past; omit it for a key that does not expire.", field="expires_at"
        )
    if more := sorted(set(body.scopes) - set(account.scopes)):
        raise Forbidden(
            f"This key has no scope {' and '.join(more)}, so it cannot give it to another key.",
            field="scopes",
        )
    created, key = await own_keys.create(
        request.app[app_keys.DATABASE],
        account.account_id,
        name=body.name.strip(),
        scopes=tuple(sorted(set(body.scopes))),
        expires_at=body.expires_at,
    )
    shown = msgspec.structs.asdict(_shown(created, account.key_id))
    return replies.reply(CreatedKey(key=key, **shown), status=201)


@routes.delete("/api/v1/keys/{key_id}")
@operation(tag="Account", answers={204: ()}, errors=(409,))
async def delete_key(request: web.Request) -> web.Response:
    """Revoke a key, which stops working at once.

    409: a key cannot revoke itself, so that nobody locks the account.
    """
    account, key_id = request[app_keys.ACCOUNT], request.match_info["key_id"]
    if key_id == account.key_id:
        raise Conflict("A key does not revoke itself; use another key of the account.")
    found = identifiers.is_valid("key", key_id) and await own_keys.revoke(
        request.app[app_keys.DATABASE], account.account_id, key_id
    )
    if not found:
        raise NotFound(f"There is no key {key_id}.")
    return web.Response(status=204)


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
    409: the account has a hundred keys; revoke one, then use the code.
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


def _shown(key: OwnKey, current: str) -> Key:
    return Key(
        key_id=key.key_id,
        name=key.name,
        scopes=list(key.scopes),
        created_at=vocabulary.moment(key.created_at),
        last_used_at=vocabulary.moment_or_none(key.last_used_at),
        expires_at=vocabulary.moment_or_none(key.expires_at),
        current=key.key_id == current,
    )
