"""Notes in the audit log what callers change, and which secrets they are shown.

A call is answered once its entry is stored: what was answered is in the log, even if the server
dies the moment after. An entry is not part of the call's own transaction, of which some calls have
none and some several.
"""

import asyncio
import re

import msgspec
import structlog
from aiohttp import web
from msgspec import Struct

from klipfast_server.api import app_keys, operations
from klipfast_server.api.access import caller_address
from klipfast_server.api.operations import Operation
from klipfast_server.core import identifiers
from klipfast_server.core.errors import DatabaseAway, RateLimited
from klipfast_server.core.tasks import settle
from klipfast_server.store import audit
from klipfast_server.store.audit import Entry
from klipfast_server.store.database import Database

log = structlog.get_logger()

STORE_S = 5.0  # for the database to take an entry; then it is logged, and the call is answered
MAX_BODY_BYTES = 100_000  # largest answer searched for the id of what was made
READING = ("GET", "HEAD", "OPTIONS")
# Names of path parameters that are ids, the more special first.
NAMED = (
    *("delivery_id", "clip_id", "session_id", "key_id", "brand_id", "webhook_id"),
    *("upload_id", "job_id"),
)
LAST_PART = re.compile(r"[^/]*$")


async def note(request: web.Request, response: web.StreamResponse) -> None:
    """Note a call that has been worked on, before it is answered, if it is one to be noted."""
    operation = operations.of(request.match_info.handler)
    if operation is None or not _is_noted(request, operation):
        return
    account, is_away = request.get(app_keys.ACCOUNT), response.status == DatabaseAway.status
    if account is None and (operation.key or is_away or response.status == RateLimited.status):
        return  # it was refused before anybody was known; the server's log has it
    proxies = request.app[app_keys.CONFIG].limits.trusted_proxies
    entry = Entry(
        actor="nobody" if account is None else "token" if account.by_pass else "key",
        account_id=request.get(app_keys.SIGNED_IN) if account is None else account.account_id,
        key_id=None if account is None else account.key_id,
        address=caller_address.of(request, proxies),
        request_id=request[app_keys.REQUEST_ID],
        action=request.match_info.handler.__name__,
        object_id=_named(request),
        made_id=_made(request, response),
        outcome=str(response.status),
    )
    if is_away:  # whether it has taken the change may be unknown, and nobody waits for it again
        _tell(entry, "the database is away")
    else:  # also where the server stops, or the caller has gone
        await settle(_store(request.app[app_keys.DATABASE], entry))


async def _store(db: Database, entry: Entry) -> None:
    try:
        async with asyncio.timeout(STORE_S):
            await audit.add(db.sql, db.pool, [entry])
    except Exception as error:
        # The work is done, and whoever asked for it must hear so; the entry is not lost.
        _tell(entry, repr(error))


def _tell(entry: Entry, why: str) -> None:
    """Write an entry that the database does not have to the server's log."""
    fields = {name: value for name, value in msgspec.structs.asdict(entry).items() if value}
    log.error("audit entry not stored", error=why, **fields)


def _is_noted(request: web.Request, operation: Operation) -> bool:
    if operation.noted is not None:
        return operation.noted
    return request.method not in READING


def _named(request: web.Request) -> str | None:
    """Return the id in the path, if it has the form of one: anything else may be a secret."""
    given = request.match_info
    return next((given[name] for name in NAMED if name in given and _is_id(given[name])), None)


def _is_id(text: str) -> bool:
    return identifiers.PATTERN.fullmatch(text) is not None and not text.startswith("kf_")


class _Made(Struct):
    """The ids that an answer may have."""

    key_id: str | None = None
    session_id: str | None = None
    webhook_id: str | None = None
    brand_id: str | None = None
    batch_id: str | None = None
    upload_id: str | None = None
    job_id: str | None = None


def _made(request: web.Request, response: web.StreamResponse) -> str | None:
    """Return the id of what the call has made; None if it has made nothing."""
    if response.status not in (201, 202) or not isinstance(response, web.Response):
        return None
    if "Location" in response.headers:  # set for an upload in pieces
        found = LAST_PART.search(response.headers["Location"])
        return found[0] if found and _is_id(found[0]) else None
    body = response.body
    if not isinstance(body, bytes) or len(body) > MAX_BODY_BYTES:
        return None
    try:
        made = msgspec.json.decode(body, type=_Made)
    except msgspec.DecodeError:
        return None
    ids = msgspec.structs.astuple(made)
    return next((each for each in ids if each and each != _named(request)), None)
