"""`make test-large-upload`: 2 GB come in while memory stays; a server killed at half resumes.

The file is the sample talk with a box of nothing behind it, as the MP4 standard allows. It is sent
once in one request, and once by tus with a kill -9 in between.
"""

import asyncio
import hashlib
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
from serving import SAMPLE, Process, environment, new_key, serving

SIZE = 2_000_000_000  # bytes
CHUNK = 1 << 20
MOST_GROWTH = 100_000_000  # bytes of resident memory
TUS = {"Tus-Resumable": "1.0.0"}
PIECE = {"Content-Type": "application/offset+octet-stream"}
ENDLESS = aiohttp.ClientTimeout(total=None, sock_read=600)


def content(start: int, end: int) -> bytes:
    """Bytes of the file: the sample, the header of a `free` box, zeros."""
    sample = SAMPLE.read_bytes()
    front = sample + b"\x00\x00\x00\x01free" + (SIZE - len(sample)).to_bytes(8)
    part = front[start:end]
    return part + bytes(end - start - len(part))


async def pieces(start: int, end: int) -> AsyncIterator[bytes]:
    """The same, bit by bit."""
    for at in range(start, end, CHUNK):
        yield (
            content(at, min(end, at + CHUNK))
            if at < SAMPLE.stat().st_size + CHUNK
            else (bytes(min(CHUNK, end - at)))
        )


def digest() -> str:
    """SHA-256 of the file."""
    found = hashlib.sha256(content(0, CHUNK * 64))
    for at in range(CHUNK * 64, SIZE, CHUNK):
        found.update(bytes(min(CHUNK, SIZE - at)))
    return found.hexdigest()


def resident(process: Process) -> int:
    """Bytes of memory that a process has at the moment."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    [line] = [line for line in lines if line.startswith("VmRSS")]
    return int(line.split()[1]) * 1024


class Watch:
    """The most memory that a process had while the block ran."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self.before = self.most = resident(process)

    async def __aenter__(self) -> "Watch":
        self._task = asyncio.create_task(self._look())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _look(self) -> None:
        while True:
            self.most = max(self.most, resident(self._process))
            await asyncio.sleep(0.05)

    def check(self, what: str, seconds: float) -> bool:
        """Say how much it grew; whether that is little enough."""
        growth = self.most - self.before
        speed = SIZE / seconds / 1e6
        print(
            f"{what}: memory {self.before / 1e6:.0f} MB before, {self.most / 1e6:.0f} MB at most "
            f"(+{growth / 1e6:.1f} MB); {seconds:.1f} s, {speed:.0f} MB/s",
            flush=True,
        )
        return growth <= MOST_GROWTH


async def in_one_request(base: str, key: str, process: Process, expected: str) -> bool:
    """POST /api/v1/uploads."""
    began = time.monotonic()
    async with (
        Watch(process) as watch,
        aiohttp.ClientSession(headers=_as(key), timeout=ENDLESS) as session,
        session.post(f"{base}/api/v1/uploads", data=pieces(0, SIZE)) as response,
    ):
        upload = await response.json()
    assert response.status == 201, upload
    assert (upload["size_bytes"], upload["sha256"]) == (SIZE, expected), upload
    return watch.check("in one request", time.monotonic() - began)


async def begin(base: str, key: str) -> str:
    """The path of a tus upload."""
    async with (
        aiohttp.ClientSession(headers=_as(key)) as session,
        session.post(
            f"{base}/api/v1/resumable-uploads", headers=TUS | {"Upload-Length": str(SIZE)}
        ) as response,
    ):
        assert response.status == 201, await response.text()
        return response.headers["Location"]


async def send(base: str, key: str, path: str, process: Process, *, kill_at: int = 0) -> bool:
    """PATCH from where the server stands; kills the server after `kill_at` bytes."""
    began = time.monotonic()
    async with aiohttp.ClientSession(headers=_as(key), timeout=ENDLESS) as session:
        async with session.head(base + path, headers=TUS) as response:
            have = int(response.headers["Upload-Offset"])
        print(f"the server has {have:,} bytes", flush=True)

        async def killing() -> AsyncIterator[bytes]:
            at = have
            async for piece in pieces(have, SIZE):
                if kill_at and at >= kill_at:
                    process.kill()
                at += len(piece)
                yield piece

        headers = TUS | PIECE | {"Upload-Offset": str(have)}
        async with Watch(process) as watch:
            try:
                async with session.patch(base + path, headers=headers, data=killing()) as response:
                    assert response.status == 204, await response.text()
            except aiohttp.ClientError:
                if not kill_at:
                    raise
                process.wait(30)
                print(f"killed -9 after {kill_at:,} bytes", flush=True)
                return True
    assert kill_at == 0
    return watch.check("resumed by tus", time.monotonic() - began)


async def finished(base: str, key: str, path: str, expected: str) -> None:
    """The upload is there, whole."""
    url = f"{base}/api/v1/uploads/{path.rsplit('/', 1)[1]}"
    async with aiohttp.ClientSession(headers=_as(key)) as session, session.get(url) as response:
        upload = await response.json()
    assert response.status == 200, upload
    assert (upload["size_bytes"], upload["sha256"]) == (SIZE, expected), upload
    print(f"whole: {upload['sha256']}", flush=True)


def _as(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def main() -> int:
    """Exit status."""
    expected = digest()
    with tempfile.TemporaryDirectory(prefix="klipfast-large-") as folder:
        environ = environment(folder)
        with serving(environ) as (base, process):
            key = new_key(environ)
            small = asyncio.run(in_one_request(base, key, process, expected))
            path = asyncio.run(begin(base, key))
            asyncio.run(send(base, key, path, process, kill_at=SIZE // 2))
        with serving(environ) as (base, process):
            small &= asyncio.run(send(base, key, path, process))
            asyncio.run(finished(base, key, path, expected))
    print("memory stayed" if small else f"memory grew by more than {MOST_GROWTH / 1e6:.0f} MB")
    return 0 if small else 1


if __name__ == "__main__":
    sys.exit(main())
