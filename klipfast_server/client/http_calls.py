"""How the client calls: the key goes to the API alone, refusals are exceptions, faults are borne.

What failed is tried again where that can do no harm: after a Retry-After, which says that nothing
was done; and after a broken line or a 5xx, where the call only asks, or has a key by which the
server knows it again.
"""

import math
import time
import uuid
from asyncio import sleep
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from urllib.parse import quote

import aiohttp
import msgspec
from msgspec import Struct
from yarl import URL

from klipfast_server.core.errors import STATUSES

PASSING = frozenset({500, 502, 503, 504})  # statuses that may pass
PAUSES_S = (0.5, 1.0, 2.0, 4.0, 8.0)  # before each further try; the last repeats
BROKEN = (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, TimeoutError)

Answer = TypeVar("Answer", bound=Struct)


class ApiError(Exception):
    """What the server refused, and why.

    `job_id`: where the refusal is about a job; `reason`: where a video cannot be used.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        request_id: str,
        job_id: str | None = None,
        *,
        reason: str | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.request_id = request_id
        self.job_id = job_id
        self.reason = reason
        self.retry_after_s = retry_after_s  # None: it is not said that trying again helps


class Envelope(Struct, frozen=True):
    """What every error says; a conflict names the job it is about, a 422 what is wrong."""

    error: str
    message: str
    request_id: str
    job_id: str | None = None
    reason: str | None = None


class Patience:
    """Bears faults that follow one another for so many seconds."""

    def __init__(self, total_s: float) -> None:
        self._total_s = total_s
        self.renew()

    def renew(self) -> None:
        """Something was gained: what comes next is a first fault again."""
        self._tries = 0
        self._until = math.inf  # a moment, from the first fault on

    async def bear(self, fault: Exception, *, harmless: bool = True) -> None:
        """Wait until the next try. Raises `fault` where none helps, or is `harmless`."""
        pause_s = PAUSES_S[min(self._tries, len(PAUSES_S) - 1)]
        if isinstance(fault, ApiError) and fault.retry_after_s is not None:
            pause_s = fault.retry_after_s
        elif not harmless or (isinstance(fault, ApiError) and fault.status not in PASSING):
            raise fault
        if self._tries == 0:
            self._until = time.monotonic() + self._total_s
        if time.monotonic() + pause_s > self._until:
            raise fault
        self._tries += 1
        await sleep(pause_s)


class Calls:
    """One account's calls of one server."""

    def __init__(
        self, session: aiohttp.ClientSession, base_url: str, key: str, patience_s: float
    ) -> None:
        """`session` has no headers of its own."""
        self.session = session
        self.base = URL(base_url.rstrip("/") + "/")
        self._key = key
        self._patience_s = patience_s

    def patience(self) -> Patience:
        """For one piece of work."""
        return Patience(self._patience_s)

    @asynccontextmanager
    async def opened(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **options: Any
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """The answer of one try. Raises ApiError for a refusal, or a fault of the network."""
        url = URL(str(self.base) + path.lstrip("/"), encoded=True)
        async with self.session.request(
            method,
            url,
            headers={"Authorization": f"Bearer {self._key}"} | dict(headers or {}),
            allow_redirects=False,  # the key is for this server
            **options,
        ) as response:
            await check(response)
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
        """(headers, body) of the answer. `harmless`: whether the call may come twice."""
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

    async def get(self, path: str, kind: type[Answer], **query: object) -> Answer:
        """JSON of a GET; None in `query` is left out."""
        _, body = await self.call("GET", path, params=told(query))
        return msgspec.json.decode(body, type=kind)

    async def post(self, path: str, kind: type[Answer], body: object = None) -> Answer:
        """JSON of a POST that the server knows again."""
        _, answer = await self.call("POST", path, json=body)
        return msgspec.json.decode(answer, type=kind)

    async def delete(self, path: str) -> None:
        """A DELETE; what is gone already may have gone by a try whose answer was lost."""
        try:
            await self.call("DELETE", path)
        except ApiError as error:
            if error.status != 404:
                raise

    async def text(self, path: str, **query: object) -> str:
        """A GET of something else."""
        _, body = await self.call("GET", path, params=told(query))
        return body.decode()


def told(query: Mapping[str, object]) -> dict[str, str]:
    """What of a query is said at all."""
    return {name: str(value) for name, value in query.items() if value is not None}


def part(identifier: str) -> str:
    """An id as a part of a path, whatever it may be."""
    return quote(identifier, safe="")


async def check(response: aiohttp.ClientResponse) -> None:
    """Raises ApiError for everything that is no success, also where it is not the API's own."""
    if response.status < 300:
        return
    body = await response.content.read(1 << 16)
    retry_after = response.headers.get("Retry-After", "")
    retry_after_s = float(retry_after) if retry_after.isascii() and retry_after.isdigit() else None
    try:
        said = msgspec.json.decode(body, type=Envelope)
    except (msgspec.DecodeError, UnicodeDecodeError):
        reason = f"{response.url.host} answered {response.status} {response.reason or ''}".strip()
        code, _ = STATUSES.get(response.status, STATUSES[500])
        said = Envelope(error=code, message=f"{reason}.", request_id="")
    raise ApiError(
        response.status,
        said.error,
        said.message,
        said.request_id,
        said.job_id,
        reason=said.reason,
        retry_after_s=retry_after_s,
    )
