"""/api/v1/sessions: browsers sign in with a key or a code, and have a cookie from then on."""

from aiohttp import web

from klipfast_server.api import app_keys, replies, request_parsing
from klipfast_server.api.access import authentication, session_cookie
from klipfast_server.api.access.devices import device
from klipfast_server.api.operations import operation
from klipfast_server.core import identifiers
from klipfast_server.core.errors import BadRequest, NotFound, Unauthorized
from klipfast_server.schema import vocabulary
from klipfast_server.schema.account.sessions import Session, SessionList, SessionRequest
from klipfast_server.store import accounts, own_keys, sign_ins
from klipfast_server.store.own_keys import OwnKey

routes = web.RouteTableDef()


@routes.get("/api/v1/sessions")
@operation(
    tag="Account", answers={200: (SessionList,)}, gives={"session_id": "/sessions/0/session_id"}
)
async def list_sessions(request: web.Request) -> web.Response:
    """List the browsers that are signed in.

    `current` marks the one that asks.
    """
    account = request[app_keys.ACCOUNT]
    db = request.app[app_keys.DATABASE]
    found = await own_keys.listed(db, account.account_id, are_sessions=True)
    return replies.reply(SessionList(sessions=[_shown(each, account.key_id) for each in found]))


@routes.post("/api/v1/sessions")
@operation(
    tag="Account",
    body=SessionRequest,
    answers={201: (Session,)},
    errors=(401, 403),
    answer_headers={"Set-Cookie": "The session; HttpOnly, SameSite=Strict, for 30 days."},
    gives={"session_id": "/session_id"},
    key=False,
    example={"code": "GZ9dA4JtQm1XlqR8w0yT3uVb5nKc7eHs"},
)
async def create_session(request: web.Request) -> web.Response:
    """Sign a browser in with a key or a code, by a cookie that does what the key does.

    It ends after 30 days, with its key, or when it is revoked. 401: the key is not valid, or the
    code is unknown, has expired or was used. 403: a page of another origin makes this call, or
    another one that changes something with the cookie.
    """
    session_cookie.check_origin(request)
    body = await request_parsing.body(request, SessionRequest)
    if bool(body.key) == bool(body.code):
        raise BadRequest("Send either key or code.", field="code" if body.code else "key")
    db = request.app[app_keys.DATABASE]
    account = await accounts.of_key(db, body.key) if identifiers.KEY.fullmatch(body.key) else None
    if account is not None:
        authentication.check_plan(request, account)
    found = await sign_ins.begin(
        db,
        account,
        code=body.code,
        device=device(request.headers.get("User-Agent", "")),
        before=session_cookie.of(request),
    )
    if found is None:
        raise _refused(body)
    account_id, session, secret = found
    request[app_keys.SIGNED_IN] = account_id
    response = replies.reply(_shown(session, session.key_id), status=201)
    session_cookie.put(request, response, secret)
    return response


@routes.delete("/api/v1/sessions/current")
@operation(tag="Account", answers={204: ()}, errors=(404,), any_scope=True)
async def sign_out(request: web.Request) -> web.Response:
    """Sign out: end the session that makes this call.

    404: the call was made with a key.
    """
    account = request[app_keys.ACCOUNT]
    if not account.is_session:
        raise NotFound("This call was made with a key, which has no session to end.")
    await own_keys.revoke(request.app[app_keys.DATABASE], account.account_id, account.key_id)
    response = web.Response(status=204)
    session_cookie.take(response)
    return response


@routes.delete("/api/v1/sessions/{session_id}")
@operation(tag="Account", answers={204: ()})
async def delete_session(request: web.Request) -> web.Response:
    """Revoke a session.

    Its browser is signed out at once.
    """
    account, session_id = request[app_keys.ACCOUNT], request.match_info["session_id"]
    found = identifiers.is_valid("session", session_id) and await own_keys.revoke(
        request.app[app_keys.DATABASE], account.account_id, session_id
    )
    if not found:
        raise NotFound(f"There is no session {session_id}.")
    return web.Response(status=204)


def _refused(body: SessionRequest) -> Unauthorized:
    if body.key:
        return Unauthorized("Invalid API key: it is unknown, revoked or expired.", field="key")
    return Unauthorized(
        "This link was used already, or has expired; klipfast-server keys link makes another.",
        field="code",
    )


def _shown(session: OwnKey, current: str) -> Session:
    assert session.expires_at is not None
    return Session(
        session_id=session.key_id,
        device=session.name,
        scopes=list(session.scopes),
        created_at=vocabulary.moment(session.created_at),
        last_used_at=vocabulary.moment_or_none(session.last_used_at),
        expires_at=vocabulary.moment(session.expires_at),
        current=session.key_id == current,
    )
