"""Passes: tokens that stand for a key at one kind of route, for browsers without one.

A pass ends with the key that it was made with.
"""

from aiohttp import web

from klipfast_server.api import app_keys
from klipfast_server.core import tokens
from klipfast_server.schema.account.access import MAX_TOKEN_S
from klipfast_server.store import accounts
from klipfast_server.store.accounts import Account

UPLOAD_PREFIX = "kf_upload_"
EVENTS, SOURCE, PREVIEW, UPLOADS = "events", "source", "preview", "uploads"  # purposes
# For how long a link works: in which an EventSource may come again, a player may seek.
LINK_S = {EVENTS: 3600.0, SOURCE: 12 * 3600.0, PREVIEW: 3600.0}


def token_of(request: web.Request, purpose: str, thing_id: str) -> tuple[str, float]:
    """Return (a token for that part of a job or clip of the caller, for how many seconds)."""
    fields = (request[app_keys.ACCOUNT].key_id, thing_id)
    expires_at = tokens.in_seconds(LINK_S[purpose])
    token = tokens.seal(request.app[app_keys.SECRET], purpose, fields, expires_at=expires_at)
    return token, LINK_S[purpose]


def upload_token(request: web.Request, seconds: int, max_bytes: int | None) -> str:
    """Return a token with which anybody uploads into the caller's account."""
    assert seconds <= MAX_TOKEN_S
    fields = (request[app_keys.ACCOUNT].key_id, str(max_bytes or 0))
    expires_at = tokens.in_seconds(seconds)
    secret = request.app[app_keys.SECRET]
    return UPLOAD_PREFIX + tokens.seal(secret, UPLOADS, fields, expires_at=expires_at)


async def of_query(request: web.Request, purpose: str) -> Account | None:
    """Return the account of a token in the query; None if it is not for this part of this thing."""
    token = request.query.get("token", "")
    found = tokens.unseal(request.app[app_keys.SECRET], purpose, token)
    if found is None or found[1] not in request.match_info.values():
        return None
    return await accounts.of_pass(request.app[app_keys.DATABASE], found[0])


async def of_upload(request: web.Request, token: str) -> Account | None:
    """Return the account of an upload token, with the size that it allows."""
    sealed = token.removeprefix(UPLOAD_PREFIX)
    found = tokens.unseal(request.app[app_keys.SECRET], UPLOADS, sealed)
    if found is None:
        return None
    if max_bytes := int(found[1]):
        request[app_keys.UPLOAD_BYTES] = max_bytes
    return await accounts.of_pass(request.app[app_keys.DATABASE], found[0])
