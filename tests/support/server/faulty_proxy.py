"""An HTTP proxy before a server that breaks what goes through it, as a test or proof tells it."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web
from yarl import URL

CHUNK_BYTES = 1 << 14
OF_THE_CONNECTION = frozenset({"Connection", "Keep-Alive", "Transfer-Encoding", "Expect"})
SLOW_DOWN = b"<Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>"


class Cut(Exception):
    """The connection is cut here."""


@dataclass
class FaultyProxy:
    """Passes requests on unchanged, `Host` included, which signatures cover."""

    target: str  # scheme://host:port
    chosen: random.Random
    failing: float = 0.0  # share of requests that are answered 503 SlowDown
    bytes_per_s: float | None = None  # speed of each body, to the server
    cut_after: int | None = None  # bytes of the next body, after which the connection is cut
    cut_answer_after: int | None = None  # the same, of the next answer that is longer
    leaves_when_cut: bool = False  # `is_away` from then on
    refusal: str = ""  # the code of a refusal (403) that answers every request
    is_silent: bool = False  # requests wait, and nothing is answered
    is_away: bool = False  # every connection is cut at once
    seen: Counter[str] = field(default_factory=Counter)
    port: int = 0
    _session: aiohttp.ClientSession = field(init=False)

    @property
    def endpoint(self) -> str:
        """The URL of the proxy."""
        return f"http://127.0.0.1:{self.port}"

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Pass a request on, or break it."""
        self.seen["requests"] += 1
        while self.is_silent:  # noqa: ASYNC110 - a flag is simpler to set
            await asyncio.sleep(0.05)
        try:
            if self.is_away:
                raise Cut
            if self.chosen.random() < self.failing:
                self.seen["refused"] += 1
                return web.Response(status=503, body=SLOW_DOWN, content_type="application/xml")
            if self.refusal:
                self.seen["refused"] += 1
                body = f"<Error><Code>{self.refusal}</Code><Message>No.</Message></Error>"
                return web.Response(status=403, text=body, content_type="application/xml")
            return await self._pass_on(request)
        except (aiohttp.ClientError, ConnectionError, Cut):
            self.seen["cut"] += 1
            self.is_away = self.is_away or self.leaves_when_cut
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=502)

    async def _pass_on(self, request: web.BaseRequest) -> web.StreamResponse:
        if "Expect" in request.headers:
            await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            request.writer.output_size = 0  # it is none of the answer
        headers = [(k, v) for k, v in request.headers.items() if k not in OF_THE_CONNECTION]
        async with self._session.request(
            request.method,
            URL(self.target + request.raw_path, encoded=True),
            headers=headers,
            data=self._body(request) if request.can_read_body else None,
            allow_redirects=False,
        ) as answer:
            response = web.StreamResponse(status=answer.status, reason=answer.reason)
            for name, value in answer.headers.items():
                if name not in OF_THE_CONNECTION:
                    response.headers.add(name, value)
            await response.prepare(request)
            sent = 0
            async for chunk in answer.content.iter_chunked(CHUNK_BYTES):
                sent += len(chunk)
                if self.cut_answer_after is not None and sent > self.cut_answer_after:
                    self.cut_answer_after = None
                    raise Cut
                await response.write(chunk)
            await response.write_eof()
            return response

    async def _body(self, request: web.BaseRequest) -> AsyncIterator[bytes]:
        sent = 0
        async for chunk in request.content.iter_chunked(CHUNK_BYTES):
            if self.bytes_per_s is not None:
                await asyncio.sleep(len(chunk) / self.bytes_per_s)
            sent += len(chunk)
            if self.cut_after is not None and sent > self.cut_after:
                self.cut_after = None
                raise Cut
            self.seen["bytes"] += len(chunk)
            yield chunk

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Listen on a free port while the block runs."""
        timeout = aiohttp.ClientTimeout(total=None)
        async with aiohttp.ClientSession(timeout=timeout, auto_decompress=False) as self._session:
            runner = web.ServerRunner(web.Server(self.handle, access_log=None), shutdown_timeout=1)
            await runner.setup()
            try:
                await web.TCPSite(runner, "127.0.0.1", self.port).start()
                self.port = runner.addresses[0][1]
                yield
            finally:
                await runner.cleanup()


@asynccontextmanager
async def faulty_proxy(target: str, seed: int = 1) -> AsyncIterator[FaultyProxy]:
    """Run a proxy before the server at this URL; it breaks nothing until it is told to."""
    proxy = FaultyProxy(target=target, chosen=random.Random(seed))
    async with proxy.running():
        yield proxy
