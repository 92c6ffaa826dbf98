"""HTTP calls of the client: errors are exceptions, and transient faults are retried.

The key goes to the API only. A failed call is retried where that is safe: after a Retry-After,
which says that nothing was done, and after a broken connection or a 5xx if the call only reads or
carries an Idempotency-Key.
"""

import math
import time
import uuid
from asyncio import sleep
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar
from urllib.parse import quote

import aiohttp
import msgspec
from msgspec import Struct
from yarl import URL

from klipfast_client.errors import KINDS, ApiError, NotFound, Unreachable
from klipfast_client.models import ERROR_CODES, ErrorBody
from klipfast_client.version import __version__

CONNECT_S = 4.0  # for a connection, and in all for a server that has never answered
PASSING = frozenset({0, 500, 502, 503, 504, 507})  # statuses that may pass; 0: unreachable
PAUSES_S = (0.5, 1.0, 2.0, 4.0, 8.0)  # before each further try; the last repeats
BROKEN = (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, TimeoutError)

Answer = TypeVar("Answer", bound=Struct)


class Patience:
    """Retries consecutive failures for a limited time."""

    def __init__(self, calls: "Calls") -> None:
        self._calls = calls
        self._first_until = time.monotonic() + CONNECT_S
        self.renew()

    def renew(self) -> None:
        """Note progress: the next failure counts as a first one."""
        self._tries = 0
        self._until = math.inf  # a moment, from the first fault on

    async def bear(self, fault: Exception, *, harmless: bool = True) -> None:
        """Wait before the next attempt. Raises `fault` where none can help."""
        pause_s = PAUSES_S[min(self._tries, len(PAUSES_S) - 1)]
        if isinstance(fault, ApiError) and fault.retry_after_s is not None:
            pause_s = fault.retry_after_s
        elif not harmless or (isinstance(fault, ApiError) and fault.status not in PASSING):
            raise fault
        if self._tries == 0:
            self._until = time.monotonic() + self._calls.patience_s
        if not self._calls.has_answered:  # the address may be wrong: do not wait for a restart
            self._until = min(self._until, self._first_until)
        if time.monotonic() + pause_s > self._until:
            raise fault
        self._tries += 1
        await sleep(pause_s)


class Calls:
    """The calls of one account to one server."""

    def __init__(
        self, session: aiohttp.ClientSession, base_url: str, key: str, patience_s: float
    ) -> None:
        """Take a `session` without a key of its own: it also fetches signed links."""
        self.base = URL(base_url.rstrip("/") + "/")
        self.patience_s = patience_s
        self.has_answered = False
        self._session = session
        self._key = key

    def patience(self) -> Patience:
        """Return the patience of one piece of work."""
        return Patience(self)

    @asynccontextmanager
    async def requested(
        self, method: str, url: URL, **options: Any
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Open one attempt without the key. Raises ApiError, or the network's error."""
        try:
            async with self._session.request(method, url, **options) as response:
                self.has_answered = True
                await check(response)
                yield response
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise Unreachable(str(error)) from error

    @asynccontextmanager
    async def opened(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **options: Any
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Open one attempt with the key. Raises ApiError, or the network's error."""
        async with self.requested(
            method,
            URL(str(self.base) + path.lstrip("/"), encoded=True),
            headers={"Authorization": f"Bearer {self._key}"} | dict(headers or {}),
            allow_redirects=False,  # the key is for this server
            **options,
        ) as response:
            yield response

    async def call(
        self,
        method: str,
        path: str,
        *,
        harmless: bool = True,
        headers: Mapping[str, str] | None = None,
        **options: Any,
    ) -> tuple[Mapping[str, str], bytes]:
        """Return (headers, body). `harmless`: whether the call may arrive twice."""
        named = {} if method != "POST" else {"Idempotency-Key": uuid.uuid4().hex}
        patience = self.patience()
        while True:
            try:
                async with self.opened(
                    method, path, headers=named | dict(headers or {}), **options
                ) as response:
                    return response.headers, await response.read()
            except (ApiError, *BROKEN) as fault:
                await patience.bear(fault, harmless=harmless)

    async def get(self, path: str, kind: type[Answer], /, **query: object) -> Answer:
        """Return the JSON of a GET; None values of `query` are dropped."""
        _, body = await self.call("GET", path, params=drop_unset(query))
        return msgspec.json.decode(body, type=kind)

    async def post(self, path: str, kind: type[Answer], body: object = None) -> Answer:
        """Return the JSON of a POST with an Idempotency-Key."""
        _, answer = await self.call("POST", path, json=body)
        return msgspec.json.decode(answer, type=kind)

    async def patch(self, path: str, kind: type[Answer], body: object) -> Answer:
        """Return the JSON of a PATCH, which may arrive twice."""
        _, answer = await self.call("PATCH", path, json=body)
        return msgspec.json.decode(answer, type=kind)

    async def put(
        self,
        path: str,
        kind: type[Answer],
        body: object,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Return the JSON of a PUT, which may arrive twice."""
        _, answer = await self.call("PUT", path, json=body, headers=headers)
        return msgspec.json.decode(answer, type=kind)

    async def delete(self, path: str) -> None:
        """Send a DELETE; a 404 may mean that an attempt with a lost response succeeded."""
        with suppress(NotFound):
            await self.call("DELETE", path)

    async def text(self, path: str, /, **query: object) -> str:
        """Return the text of a GET."""
        return (await self.content(path, **query)).decode()

    async def content(self, path: str, /, **query: object) -> bytes:
        """Return the body of a GET as it is."""
        _, body = await self.call("GET", path, params=drop_unset(query))
        return body


def drop_unset(query: Mapping[str, object]) -> dict[str, str]:
    """Drop the unset values of a query."""
    return {name: str(value) for name, value in query.items() if value is not None}


def part(identifier: str) -> str:
    """Quote an ID as a path segment, whatever it contains."""
    return quote(identifier, safe="")


def new_session() -> aiohttp.ClientSession:
    """Open a session for `Calls`."""
    return aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S, sock_read=300),
        headers={"User-Agent": f"klipfast-client/{__version__} {aiohttp.http.SERVER_SOFTWARE}"},
    )


async def check(response: aiohttp.ClientResponse) -> None:
    """Raise ApiError for every response that is no success, also one that is not the API's own."""
    if response.status < 300:
        return
    body = await response.content.read(1 << 16)
    retry_after = response.headers.get("Retry-After", "")
    retry_after_s = float(retry_after) if retry_after.isascii() and retry_after.isdigit() else None
    try:
        said = msgspec.json.decode(body, type=ErrorBody)
    except (msgspec.DecodeError, UnicodeDecodeError):
        reason = f"{response.url.host} answered {response.status} {response.reason or ''}".strip()
        code = ERROR_CODES.get(response.status, "server_error")
        said = ErrorBody(error=code, message=f"{reason}.", request_id="")
    raise KINDS.get(said.error, ApiError)(
        response.status,
        said.error,
        said.message,
        said.request_id,
        said.job_id or None,
        reason=said.reason or None,
        retry_after_s=retry_after_s,
    )
