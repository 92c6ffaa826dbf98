"""`make test-proxies`: nginx and Caddy, by the files in deploy/, pass on what KlipFast needs.

Through each, over TLS: 2 GB in one request, which the proxy keeps neither in memory nor on its
disk; a resumable upload whose connection breaks, of which the server has what was sent; server-sent
events as they happen; and the address of the caller, which a forged header does not change. The
files are used as they are, but for names, ports and the certificate.
"""

import asyncio
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from large_upload import ENDLESS, PIECE, SIZE, TUS, Watch, digest, pieces
from serving import ROOT, SAMPLE, environment, free_port, new_key, serving

CALLER = "127.0.0.2"  # another address of this machine than the proxy's
FORGED = {"X-Forwarded-For": "198.51.100.7"}
START_S = 15.0
BROKEN_AT = SIZE // 4
IN_FLIGHT = 64 << 20  # bytes that may be between the client and the server as a connection breaks
SOON_S = 5.0  # for the first event of a stream, which the server sends at once
MOST_KEPT = 64 << 20  # bytes on the proxy's disk


@dataclass(frozen=True, slots=True)
class Proxy:
    """How a proxy is started: its command, in a folder with its settings."""

    name: str
    settings: Callable[[Path, int, int], list[str]]


def nginx(folder: Path, port: int, behind: int) -> list[str]:
    """Write deploy/nginx.conf, and a main file that includes it; return the command."""
    text = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    site = _replaced(
        text,
        {
            "listen 443 ssl;": f"listen 127.0.0.1:{port} ssl;",
            "listen [::]:443 ssl;": "",
            "listen 80;": f"listen 127.0.0.1:{free_port()};",
            "listen [::]:80;": "",
            "127.0.0.1:8080": f"127.0.0.1:{behind}",
            "/etc/letsencrypt/live/clips.example.com/fullchain.pem": f"{folder}/certificate.pem",
            "/etc/letsencrypt/live/clips.example.com/privkey.pem": f"{folder}/key.pem",
        },
    )
    (folder / "site.conf").write_text(site, encoding="utf-8")
    kept = " ".join(
        f"{kind}_temp_path {folder}/kept/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    # One process, so that its memory can be watched; as the user who owns the folder.
    (folder / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;\n"
        f"events {{}}\nhttp {{ access_log off; {kept} include {folder}/site.conf; }}\n",
        encoding="utf-8",
    )
    return ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")]


def caddy(folder: Path, port: int, behind: int) -> list[str]:
    """Write deploy/Caddyfile with a certificate; return the command."""
    text = (ROOT / "deploy" / "Caddyfile").read_text(encoding="utf-8")
    site = _replaced(
        text,
        {
            "clips.example.com {\n": f"https://127.0.0.1:{port} {{\n"
            f"\ttls {folder}/certificate.pem {folder}/key.pem\n",
            "127.0.0.1:8080": f"127.0.0.1:{behind}",
        },
    )
    (folder / "Caddyfile").write_text("{\n\tadmin off\n}\n" + site, encoding="utf-8")
    return ["caddy", "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


PROXIES = (Proxy("nginx", nginx), Proxy("caddy", caddy))


def _replaced(text: str, changes: dict[str, str]) -> str:
    for before, after in changes.items():
        assert before in text, f"{before!r} is no longer in the file"
        text = text.replace(before, after)
    return text


@contextmanager
def running(proxy: Proxy, behind: int) -> Iterator[tuple[str, Path, "subprocess.Popen[bytes]"]]:
    """(address, its folder, process) of a proxy before the server on the port `behind`."""
    with tempfile.TemporaryDirectory(prefix=f"klipfast-{proxy.name}-") as name:
        folder = Path(name)
        (folder / "kept").mkdir()
        _certify(folder)
        port = free_port()
        command = proxy.settings(folder, port, behind)
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                command,
                env={"PATH": "/usr/sbin:/usr/bin:/bin", "HOME": name, "XDG_DATA_HOME": name},
                cwd=folder,
                stdout=log,
                stderr=log,
            )
        try:
            _until_open(process, port, folder / "log")
            yield f"https://127.0.0.1:{port}", folder / "kept", process
        finally:
            process.terminate()
            process.wait(10)


def _certify(folder: Path) -> None:
    names = "subjectAltName=IP:127.0.0.1"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"]
    command += ["-subj", "/CN=proof", "-addext", names]
    command += ["-keyout", f"{folder}/key.pem", "-out", f"{folder}/certificate.pem"]
    subprocess.run(command, check=True, capture_output=True)


def _until_open(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    deadline = time.monotonic() + START_S
    while process.poll() is None and time.monotonic() < deadline:
        try:
            asyncio.run(_connect(port))
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"the proxy did not start:\n{log.read_text(errors='replace')}")


async def _connect(port: int) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.close()
    await writer.wait_closed()


@dataclass(frozen=True, slots=True)
class Caller:
    """A client of the proxy, from an address of its own; the certificate is nobody's."""

    base: str
    key: str

    def session(self) -> aiohttp.ClientSession:
        """Open connections."""
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=False, local_addr=(CALLER, 0)),
            headers={"Authorization": f"Bearer {self.key}"},
            timeout=ENDLESS,
        )

    async def send_whole(self, expected: str) -> None:
        """2 GB in one request arrive as they were."""
        url = f"{self.base}/api/v1/uploads"
        async with self.session() as session, session.post(url, data=pieces(0, SIZE)) as response:
            upload = await response.json()
        assert response.status == 201, upload
        assert (upload["size_bytes"], upload["sha256"]) == (SIZE, expected), upload

    async def send_in_parts(self, expected: str) -> int:
        """2 GB by tus, over a connection that breaks; return how much of it had arrived."""
        async with (
            self.session() as session,
            session.post(
                f"{self.base}/api/v1/resumable-uploads",
                headers=TUS | {"Upload-Length": str(SIZE)},
            ) as response,
        ):
            assert response.status == 201, await response.text()
            # The path alone: public_url is not the proxy's here.
            path = "/api/v1/resumable-uploads/" + response.headers["Location"].rsplit("/")[-1]
        await self._break(path)
        async with self.session() as session:
            arrived = await self._offset(session, path)
            headers = TUS | PIECE | {"Upload-Offset": str(arrived)}
            async with session.patch(
                self.base + path, headers=headers, data=pieces(arrived, SIZE)
            ) as response:
                assert response.status == 204, await response.text()
            url = f"{self.base}/api/v1/uploads/{path.rsplit('/', 1)[1]}"
            async with session.get(url) as response:
                upload = await response.json()
        assert (upload["size_bytes"], upload["sha256"]) == (SIZE, expected), upload
        return arrived

    async def _break(self, path: str) -> None:
        """Send a quarter, and let the connection go."""

        async def breaking() -> AsyncIterator[bytes]:
            async for piece in pieces(0, BROKEN_AT):
                yield piece
            raise ConnectionResetError("as a telephone does in a tunnel")

        async with self.session() as session:
            headers = TUS | PIECE | {"Upload-Offset": "0", "Content-Length": str(SIZE)}
            try:
                async with session.patch(self.base + path, headers=headers, data=breaking()):
                    raise AssertionError("the request was answered")
            except (aiohttp.ClientError, ConnectionResetError):
                return

    async def _offset(self, session: aiohttp.ClientSession, path: str) -> int:
        """Return what the server has once it has noticed that the connection broke."""
        before = -1
        while True:
            async with session.head(self.base + path, headers=TUS) as response:
                now = int(response.headers["Upload-Offset"])
            if now == before:
                return now
            before = now
            await asyncio.sleep(1)

    async def follow(self) -> tuple[float, int]:
        """Submit a talk; return when its first event came, s, and how many until the end."""
        async with self.session() as session:
            async with session.post(
                f"{self.base}/api/v1/uploads", data=SAMPLE.read_bytes()
            ) as response:
                upload = await response.json()
            async with session.post(
                f"{self.base}/api/v1/process", json={"video_url": upload["video_url"]}
            ) as response:
                job = await response.json()
                assert response.status == 202, job
            began = time.monotonic()
            first = 0.0
            number = 0
            url = f"{self.base}/api/v1/jobs/{job['job_id']}/events"
            async with session.get(url) as response:
                async for line in response.content:
                    if line.startswith(b"event:"):
                        number += 1
                        first = first or time.monotonic() - began
            async with session.get(f"{self.base}/api/v1/jobs/{job['job_id']}") as response:
                assert (await response.json())["status"] == "completed"
        return first, number

    async def call_with_forged_address(self) -> None:
        """A request that claims to come from elsewhere."""
        url = f"{self.base}/api/v1/usage"
        async with self.session() as session, session.get(url, headers=FORGED) as response:
            assert response.status == 200, await response.text()


def prove(proxy: Proxy, folder: str, expected: str) -> bool:
    """Whether everything passes through one proxy."""
    environ = environment(
        folder, KLIPFAST__LIMITS__TRUSTED_PROXIES="127.0.0.1", KLIPFAST__SERVER__LOG_LEVEL="info"
    )
    with serving(environ) as (direct, _):
        key = new_key(environ)
        with running(proxy, int(direct.rsplit(":", 1)[1])) as (base, kept, process):
            caller = Caller(base, key)
            began = time.monotonic()
            small = asyncio.run(_watched(proxy, process, caller, expected, began))
            asyncio.run(caller.call_with_forged_address())
            arrived = asyncio.run(caller.send_in_parts(expected))
            assert BROKEN_AT - IN_FLIGHT <= arrived <= BROKEN_AT, f"{arrived:,} bytes arrived"
            print(f"  the connection broke after {BROKEN_AT:,} bytes: {arrived:,} had arrived")
            on_disk = sum(path.stat().st_size for path in kept.rglob("*") if path.is_file())
            assert on_disk <= MOST_KEPT, f"{on_disk:,} bytes on the proxy's disk"
            first, number = asyncio.run(caller.follow())
            assert first <= SOON_S, f"the first event came after {first:.1f} s"
            print(f"  the first of {number} events came after {first:.2f} s", flush=True)
    addresses = _addresses(Path(folder, "server.log"))
    assert addresses == {CALLER}, addresses
    print(f"  the server logs the caller's address, {CALLER}", flush=True)
    return small


async def _watched(
    proxy: Proxy, process: "subprocess.Popen[bytes]", caller: Caller, expected: str, began: float
) -> bool:
    async with Watch(process) as watch:
        await caller.send_whole(expected)
    return watch.check(f"  {proxy.name} in one request", time.monotonic() - began)


def _addresses(log: Path) -> set[str]:
    """Return the addresses in the request lines of calls with a key."""
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    return {line["address"] for line in lines if line.get("account") and "address" in line}


def main() -> int:
    """Exit status."""
    needed = ("openssl", *[proxy.name for proxy in PROXIES])
    missing = [name for name in needed if shutil.which(name) is None]
    if missing:
        raise SystemExit(f"error: apt-get install {' '.join(missing)}")
    expected = digest()
    small = True
    for proxy in PROXIES:
        print(f"{proxy.name}:", flush=True)
        with tempfile.TemporaryDirectory(prefix="klipfast-proxy-") as folder:
            small &= prove(proxy, folder, expected)
    print("both proxies pass everything on" if small else "a proxy keeps what it should pass on")
    return 0 if small else 1


if __name__ == "__main__":
    sys.exit(main())
