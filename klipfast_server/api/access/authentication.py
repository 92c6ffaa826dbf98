"""Who makes a request, by the key, the pass or the cookie that it has, and whether they may."""

from aiohttp import web

from klipfast_server.api import app_keys
from klipfast_server.api.access import passes, session_cookie
from klipfast_server.api.operations import Operation
from klipfast_server.core import identifiers
from klipfast_server.core.errors import Forbidden, NoApiAccess, Unauthorized
from klipfast_server.schema.account.keys import Scope
from klipfast_server.store import accounts
from klipfast_server.store.accounts import Account

FORM = "Send Authorization: Bearer kf_live_sk_…"


async def account_of(request: web.Request, operation: Operation | None) -> Account | None:
    """Return the account of a request, None if it proves none; a header counts before a cookie."""
    header = request.headers.get("Authorization", "")
    token = header.partition(" ")[2].strip()
    if operation is not None and operation.upload_token and token.startswith(passes.UPLOAD_PREFIX):
        return await passes.of_upload(request, token)
    if operation is not None and operation.token_for and not header and "token" in request.query:
        return await passes.of_query(request, operation.token_for)
    secret = _key(header) if header else session_cookie.of(request)
    return await accounts.of_key(request.app[app_keys.DATABASE], secret) if secret else None


def _key(header: str) -> str:
    """Return the key of an Authorization header; "" where it has not the form of one."""
    scheme, _, key = header.partition(" ")
    key = key.strip()
    return key if scheme.lower() == "bearer" and identifiers.KEY.fullmatch(key) else ""


def admitted(request: web.Request, account: Account | None, operation: Operation | None) -> Account:
    """Return the account if it may make this request. Raises Unauthorized or Forbidden."""
    if account is None:
        raise _unauthorized(request)
    if account.is_session:
        session_cookie.check_origin(request)
    check_plan(request, account)
    wanted: Scope = "read" if request.method in ("GET", "HEAD") else "write"
    if wanted not in account.scopes and not (operation is not None and operation.any_scope):
        raise Forbidden(
            f"This key has no scope {wanted}, which {request.method} needs; "
            "POST /api/v1/keys makes another key."
        )
    return account


def check_plan(request: web.Request, account: Account) -> None:
    """Raises NoApiAccess if the account's plan has none."""
    plan = request.app[app_keys.CONFIG].plans.get(account.plan)
    if plan is None or not plan.api:
        raise NoApiAccess(
            f"The {account.plan} plan has no API access; starter and the plans above it have."
        )


def _unauthorized(request: web.Request) -> Unauthorized:
    """Say what is wrong: with the form of the Authorization header, the key, or the session."""
    header, field = request.headers.get("Authorization", ""), "Authorization"
    if not header.strip() and session_cookie.of(request):
        message, field = "This session has ended; sign in again.", "Cookie"
    elif not header.strip():
        message = f"Missing API key. {FORM}"
    elif _key(header):
        message = "Invalid API key: it is unknown, revoked or expired."
    elif passes.UPLOAD_PREFIX in header:
        message = "This upload token has expired, or is not for this: it uploads files only."
    elif identifiers.KEY.fullmatch(header.strip()):
        message = f"The word Bearer is missing before the API key. {FORM}"
    elif header.lower().startswith("bearer "):
        message = (
            f"Invalid API key: it must be {identifiers.KEY_PREFIX} and {identifiers.KEY_LENGTH} "
            "letters and digits."
        )
    else:
        message = f"The header Authorization has not the form of a Bearer token. {FORM}"
    return Unauthorized(message, field=field, headers={"WWW-Authenticate": "Bearer"})
