"""`make test-large-upload`, `make test-proxies`: 2 GB come in, also through nginx and Caddy.

The file is the sample talk with a box of nothing behind it, as the MP4 standard allows. It is sent
once in one request, which neither the server nor a proxy keeps in memory (nor a proxy on its disk),
and once by tus with a break in between: straight to the server, that is killed (SIGKILL) at half;
through a proxy, the connection breaks. The server then has what was sent, and gets the rest.

The files of deploy/ are used as they are, but for names, ports and the certificate. Through them
events come as they happen, and a forged header does not change the address of the caller.

    make test-proxies PARTS="nginx caddy"
"""

import asyncio
import contextlib
import hashlib
import json
import shutil
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import aiohttp
from caller import PIECE, TUS
from live_server import RESUMABLE, LiveServer, live_server, resident
from outcomes import leftovers
from proxies import Settings, caddy, nginx, running
from serving import SAMPLE, Process
from tally import Tally, run

SIZE = 2_000_000_000  # bytes
CHUNK = 1 << 20
MOST_GROWTH = 100_000_000  # bytes of resident memory
IN_FLIGHT = 64 << 20  # bytes that may be between the client and the server as a connection breaks
MOST_KEPT = 64 << 20  # bytes on a proxy's disk
ENDLESS = aiohttp.ClientTimeout(total=None, sock_read=600)
SOON_S = 5.0  # for the first event of a stream, which the server sends at once
CALLER = "127.0.0.2"  # another address of this machine than a proxy's
FORGED = {"X-Forwarded-For": "198.51.100.7"}
SETTINGS = {
    "KLIPFAST__LIMITS__TRUSTED_PROXIES": "127.0.0.1",
    "KLIPFAST__SERVER__LOG_LEVEL": "info",
}


@cache
def front() -> bytes:
    """The sample, and the header of a `free` box, behind which are zeros."""
    sample = SAMPLE.read_bytes()
    return sample + b"\x00\x00\x00\x01free" + (SIZE - len(sample)).to_bytes(8)


def content(start: int, end: int) -> Iterator[bytes]:
    """The file from one place to another, bit by bit."""
    for at in range(start, end, CHUNK):
        length = min(CHUNK, end - at)
        part = front()[at : at + length]
        yield part + bytes(length - len(part))


@cache
def digest() -> str:
    """SHA-256 of the file."""
    found = hashlib.sha256()
    for part in content(0, SIZE):
        found.update(part)
    return found.hexdigest()


async def pieces(start: int, end: int) -> AsyncIterator[bytes]:
    """The same, for a request."""
    for part in content(start, end):
        yield part


@contextlib.asynccontextmanager
async def memory_stays(process: Process, tally: Tally, kind: str) -> AsyncIterator[None]:
    """Check that a process does not grow while the block runs."""
    before = most = resident(process.pid)

    async def look() -> None:
        nonlocal most
        while True:
            most = max(most, resident(process.pid))
            await asyncio.sleep(0.05)

    began, looking = time.monotonic(), asyncio.create_task(look())
    try:
        yield
    finally:
        looking.cancel()
    grown = f"+{(most - before) / 1e6:.1f} MB in {time.monotonic() - began:.1f} s"
    tally.check(kind, most - before <= MOST_GROWTH, grown)
    tally.row(kind).note = grown


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """A client on one way to the server."""

    way: str
    base: str
    session: Callable[[], aiohttp.ClientSession]
    tally: Tally

    async def sends_whole(self) -> None:
        """Send the file in one request."""
        url = f"{self.base}/api/v1/uploads"
        async with self.session() as session, session.post(url, data=pieces(0, SIZE)) as response:
            self._check("in one request", await response.json())

    async def begins(self) -> str:
        """Begin a resumable upload; its path alone: public_url is none of a proxy's."""
        headers, url = TUS | {"Upload-Length": str(SIZE)}, self.base + RESUMABLE
        async with self.session() as session, session.post(url, headers=headers) as response:
            return f"{RESUMABLE}/{response.headers['Location'].rpartition('/')[2]}"

    async def sends_until(self, path: str, at: int, breaks: Callable[[], None]) -> None:
        """Send the file as one piece, which breaks off here."""

        async def body() -> AsyncIterator[bytes]:
            sent = 0
            async for piece in pieces(0, SIZE):
                if sent >= at:
                    breaks()
                sent += len(piece)
                yield piece

        headers = PIECE | {"Upload-Offset": "0", "Content-Length": str(SIZE)}
        async with self.session() as session:
            with contextlib.suppress(aiohttp.ClientError, ConnectionResetError):
                async with session.patch(self.base + path, headers=headers, data=body()):
                    self.tally.lost(f"{self.way}, broken off", "the request was answered")

    async def sends_rest(self, path: str, at: int) -> None:
        """Send what the server lacks of an upload that broke off here."""
        async with self.session() as session:
            arrived = await self._offset(session, path)
            near = at - IN_FLIGHT <= arrived <= at + CHUNK
            kind = f"{self.way}, what was sent is there"
            self.tally.check(kind, near, f"{arrived:,} bytes of {at:,}")
            url, headers = self.base + path, PIECE | {"Upload-Offset": str(arrived)}
            async with session.patch(url, headers=headers, data=pieces(arrived, SIZE)) as rest:
                await rest.read()
            url = f"{self.base}/api/v1/uploads/{path.rpartition('/')[2]}"
            async with session.get(url) as response:
                self._check("broken off and resumed", await response.json())

    async def _offset(self, session: aiohttp.ClientSession, path: str) -> int:
        """Return what the server has once it has noticed that the connection broke."""
        before, now = -2, -1
        while now != before:
            async with session.head(self.base + path, headers=TUS) as response:
                before, now = now, int(response.headers["Upload-Offset"])
            await asyncio.sleep(1)
        return now

    async def follows(self, job_id: str) -> None:
        """Hear the first event of a job at once, and then the others."""
        began, times = time.monotonic(), list[float]()
        url = f"{self.base}/api/v1/jobs/{job_id}/events"
        async with self.session() as session, session.get(url) as events:
            async for line in events.content:
                if line.startswith(b"event:"):
                    times.append(time.monotonic() - began)
        at_once = len(times) > 1 and times[0] <= SOON_S < times[-1]
        self.tally.check(f"{self.way}, events as they happen", at_once, f"{times} s")

    def _check(self, how: str, upload: Any) -> None:
        whole = (upload.get("size_bytes"), upload.get("sha256")) == (SIZE, digest())
        self.tally.check(f"{self.way}, {how}", whole, str(upload))


async def straight(server: LiveServer, tally: Tally) -> None:
    """Send it to the server itself, which is killed at half."""

    def session() -> aiohttp.ClientSession:
        return server.session(timeout=ENDLESS)

    sender = Sender(way="straight", base=server.base, session=session, tally=tally)
    async with memory_stays(server.running, tally, "memory of the server, in one request"):
        await sender.sends_whole()
    process, half = server.running, SIZE // 2
    path = await sender.begins()
    await sender.sends_until(path, half, process.kill)
    await asyncio.to_thread(process.wait, 60)
    await server.start_again()
    async with memory_stays(server.running, tally, "memory of the server, resumed"):
        await replace(sender, base=server.base).sends_rest(path, half)


async def through(server: LiveServer, tally: Tally, name: str, settings: Settings) -> None:
    """Send it through a proxy, from an address of its own; the certificate is nobody's."""

    def session() -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(ssl=False, local_addr=(CALLER, 0))
        return server.session(timeout=ENDLESS, connector=connector)

    port, quarter = int(server.base.rpartition(":")[2]), SIZE // 4
    async with running(name, settings, port) as (base, kept, process):
        sender = Sender(way=name, base=base, session=session, tally=tally)
        async with memory_stays(process, tally, f"memory of {name}"):
            await sender.sends_whole()
        async with session() as client, client.get(f"{base}/api/v1/usage", headers=FORGED) as told:
            tally.check(f"{name}, a forged header", told.status == 200, await told.text())
        path = await sender.begins()
        await sender.sends_until(path, quarter, _break)
        await sender.sends_rest(path, quarter)
        on_disk = sum(path.stat().st_size for path in kept.rglob("*") if path.is_file())
        tally.check(f"{name}, kept on its disk", on_disk <= MOST_KEPT, f"{on_disk:,} bytes")
        lines = [json.loads(line) for line in server.log.splitlines() if line.startswith("{")]
        found = {line.get("address") for line in lines if line.get("account")} - {None}
        tally.check(f"{name}, the caller's address is logged", found == {CALLER}, f"{found}")
        job_id = await server.submit(await server.upload())
        await sender.follows(job_id)
        job = await server.ended(job_id)
        tally.check(f"{name}, a job", job["status"] == "completed", str(job["error"]))


def _break() -> None:
    raise ConnectionResetError("as a telephone does in a tunnel")


PARTS: dict[str, Settings | None] = {"server": None, "nginx": nginx, "caddy": caddy}


async def prove(tally: Tally, parts: Sequence[str]) -> None:
    """Send the file by these ways. Raises SystemExit where a program is missing."""
    needed = [part for part in parts if PARTS[part]]
    needed += ["openssl"] * bool(needed)
    if missing := [name for name in needed if shutil.which(name) is None]:
        raise SystemExit(f"error: apt-get install {' '.join(missing)}")
    for part in parts:
        async with live_server(SETTINGS) as server:
            if settings := PARTS[part]:
                await through(server, tally, part, settings)
            else:
                await straight(server, tally)
            tally.clean("files, rows, work folders", await leftovers(server))


if __name__ == "__main__":
    run(prove, parts=PARTS)
