"""Idempotency-Key: a repeated POST gets its first response again and does nothing twice.

The row of a key is written before the work begins and stores the response afterwards. Until then it
is a lease that the running request renews; a killed request locks its key for LEASE_S.
"""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg
import msgspec
import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from klipfast_server.api import app_keys, middleware, operations, request_parsing
from klipfast_server.core.errors import BadRequest, Conflict, KlipfastError
from klipfast_server.core.tasks import background
from klipfast_server.store import faults
from klipfast_server.store.database import Database

log = structlog.get_logger()

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
PRINTABLE = re.compile(r"[\x20-\x7e]{1,255}")
LEASE_S = 60.0
TRIES = 3  # a key may be freed between the attempt to take it and the look at who has it


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One request's claim of a key."""

    db: Database
    account_id: str
    key: str
    owner: str  # the request's id

    @property
    def _who(self) -> tuple[str, str, str]:
        return self.account_id, self.key, self.owner

    async def take(self, fingerprint: bytes) -> web.Response | None:
        """Return the stored response; None where this request does the work. Raises Conflict."""
        sql = self.db.sql
        for _ in range(TRIES):
            taken = await self.db.pool.fetchval(
                sql["take_idempotency_key"],
                self.account_id,
                self.key,
                fingerprint,
                self.owner,
                LEASE_S,
            )
            if taken is not None:
                return None
            row = await self.db.pool.fetchrow(sql["get_idempotency_key"], self.account_id, self.key)
            if row is not None:
                return _replay(row, fingerprint)
        raise _in_progress()

    async def answer(self, response: web.Response, body: bytes) -> None:
        """Store the response."""
        await self.db.pool.execute(
            self.db.sql["answer_idempotency_key"],
            *self._who,
            response.status,
            response.content_type,
            body,
        )

    async def free(self) -> None:
        """Release the key, so that the next request with it does the work."""
        await self.db.pool.execute(self.db.sql["free_idempotency_key"], *self._who)

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Renew the lease while the block runs."""

        async def forever() -> None:
            while True:
                await asyncio.sleep(LEASE_S / 3)
                try:
                    await self.db.pool.execute(
                        self.db.sql["hold_idempotency_key"], *self._who, LEASE_S
                    )
                except (*faults.LOST, asyncpg.PostgresError, OSError) as error:
                    log.warning("idempotency key not renewed", error=repr(error))

        async with background(forever()):
            yield


@web.middleware
async def once(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Replay the stored response of a repeated POST. Raises BadRequest, Conflict."""
    if not _applies(request):
        return await handler(request)
    claim = Claim(
        db=request.app[app_keys.DATABASE],
        account_id=request[app_keys.ACCOUNT].account_id,
        key=_key(request),
        owner=request[app_keys.REQUEST_ID],
    )
    called = f"{request.method} {request.path_qs}\n".encode(errors="surrogateescape")
    earlier = await claim.take(
        hashlib.sha256(called + await request_parsing.content(request)).digest()
    )
    if earlier is not None:
        return earlier
    try:
        async with claim.held():
            response = await _answered(request, handler)
    except Exception:
        await claim.free()
        raise
    await _keep(claim, response, _repeated(request, response))
    return response


def _applies(request: web.Request) -> bool:
    return (
        request.method == "POST"
        and HEADER in request.headers
        and app_keys.ACCOUNT in request  # otherwise there is no such route
        and (operation := operations.of(request.match_info.handler)) is not None
        and operation.idempotent  # not uploads: streamed to disk, they cannot be compared
    )


def _key(request: web.Request) -> str:
    values = request.headers.getall(HEADER)
    if len(values) > 1 or not PRINTABLE.fullmatch(values[0]):
        raise BadRequest(
            f"{HEADER} must be sent once, with 1 to 255 printable ASCII characters.", field=HEADER
        )
    return values[0]


def _replay(row: asyncpg.Record, fingerprint: bytes) -> web.Response:
    if row["fingerprint"] != fingerprint:
        raise Conflict(
            f"This {HEADER} was used for another request in the last 24 hours; "
            "a new request needs a new key.",
            field=HEADER,
        )
    if row["status"] is None:
        raise _in_progress()
    return web.Response(
        body=row["body"],
        status=row["status"],
        content_type=row["content_type"],
        headers={REPLAYED: "true"},
    )


def _in_progress() -> Conflict:
    return Conflict(
        f"The first request with this {HEADER} is in progress; send this one again soon.",
        field=HEADER,
        headers={"Retry-After": "1"},
    )


async def _answered(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except (KlipfastError, web.HTTPException) as error:
        return middleware.refusal(error, request)


def _repeated(request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
    """Return what a repeated call is answered: the response, without a secret that is not kept."""
    operation = operations.of(request.match_info.handler)
    assert operation is not None
    if not operation.told_once or response.status != 201:
        return response
    assert isinstance(response, web.Response)
    assert isinstance(response.body, bytes)
    made = msgspec.json.decode(response.body)[operation.told_once]
    return middleware.refusal(
        Conflict(
            f"The first request with this {HEADER} has made {made}, and its answer alone had the "
            f"secret. If that is lost, delete {made}, and make another with a new {HEADER}.",
            field=HEADER,
        ),
        request,
    )


async def _keep(claim: Claim, response: web.StreamResponse, repeated: web.StreamResponse) -> None:
    """Store what a repeated call is answered, unless it may differ or is not in memory."""
    lasting = response.status < 500 and response.status != 429
    body = repeated.body if isinstance(repeated, web.Response) else None
    try:
        if lasting and isinstance(repeated, web.Response) and isinstance(body, bytes):
            await claim.answer(repeated, body)
        else:
            await claim.free()
    except (*faults.LOST, asyncpg.PostgresError, OSError) as error:
        # The work is done and its answer true, though it cannot be given a second time.
        log.warning("idempotent response not stored", error=repr(error))
