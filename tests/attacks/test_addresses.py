"""No URL of a caller leads into the server's own network, however it is written (SSRF).

The usual notations, DNS rebinding at the socket and single redirects are in
`tests/server/net/test_guarded_client.py` and `test_preflight.py`, pages in `test_page_video.py`.
"""

import asyncio
import ipaddress
import itertools
import socket
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from caller import Caller, Serve, make_caller
from project_paths import ROOT
from witness import FirstIsPublic, Witness, listening

from klipfast_server.core.config import Config, Sources, load
from klipfast_server.net import download as module
from klipfast_server.net.download import download
from klipfast_server.net.guarded_client import AddressRefused, FetchError, check_url
from klipfast_server.schema import clip_requests, process_request
from klipfast_server.schema.account.webhooks import WebhookRequest

Server = Callable[[web.Application], Awaitable[TestServer]]

PRIVATE = (
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.5.4",
    "172.31.255.255",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
)
SCHEMES = (
    "file:///etc/passwd",
    "file://127.0.0.1/etc/passwd",
    "FILE:///etc/passwd",
    "ftp://127.0.0.1/a.mp4",
    "gopher://127.0.0.1:70/_GET",
    "data:video/mp4;base64,AAAA",
    "javascript:alert(1)",
    "concat:/etc/passwd|/etc/hosts",
    "subfile,,start,0,end,9,,:/etc/passwd",
    "pipe:0",
    "rtmp://127.0.0.1/a",
    "s3://bucket/key",
    "/etc/passwd",
    "../../etc/passwd",
    "//127.0.0.1/a.mp4",
    "http:127.0.0.1/a.mp4",
    "http:/127.0.0.1/a.mp4",
    "http:///127.0.0.1/a.mp4",
    "http://",
    "http://:80/",
    " http://127.0.0.1/",
    "\thttp://127.0.0.1/",
    "http\n://127.0.0.1/",
    "http://127.0.0.1\x00.example/",
)


def notations(address: str) -> Iterator[str]:
    """Hosts that some parser takes for this IPv4 address."""
    number = int(ipaddress.IPv4Address(address))
    a, b, c, d = (number >> shift & 255 for shift in (24, 16, 8, 0))
    yield from (address, f"{address}.", str(number), hex(number), f"0{number:o}", f"0X{number:X}")
    yield ".".join(hex(part) for part in (a, b, c, d))
    yield ".".join(f"0{part:o}" for part in (a, b, c, d))
    yield ".".join(f"0x{part:08x}" for part in (a, b, c, d))
    yield f"{a}.{number & 0xFFFFFF}"
    yield f"{a}.{b}.{number & 0xFFFF}"
    yield f"0x{a:x}.{b}.0{c:o}.{d}"
    yield address.translate({ord(digit): 0xFF10 + int(digit) for digit in "0123456789"})
    yield address.translate({ord(digit): 0x1D7CE + int(digit) for digit in "0123456789"})
    for dot in "。．｡":
        yield address.replace(".", dot)
    yield address.replace(".", "%2e")
    yield "".join(f"%{ord(letter):02x}" for letter in address)
    for six in (
        f"::ffff:{address}",
        f"::ffff:{number >> 16:x}:{number & 0xFFFF:x}",
        f"0:0:0:0:0:ffff:{address}",
        f"::{address}",
        f"::ffff:0:{address}",
        f"64:ff9b::{address}",
        f"64:ff9b:1::{address}",
        f"2002:{number >> 16:x}:{number & 0xFFFF:x}::1",
        f"2001:0:{number >> 16:x}:{number & 0xFFFF:x}::",
        f"fe80::5efe:{address}",
    ):
        yield f"[{six}]"


OTHER_HOSTS = (
    "localhost",
    "LOCALHOST",
    "LocalHost.",
    "a.b.localhost",
    "ｌｏｃａｌｈｏｓｔ",
    "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
    "local\u00adhost",
    "localhost%00.example",
    "[::]",
    "[::1]",
    "[0000:0000:0000:0000:0000:0000:0000:0001]",
    "[fe80::1]",
    "[fe80::1%25eth0]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[ff02::1]",
    "[::1]:80",
    "①②⑦.⓪.⓪.①",
)
CONFUSED = (  # where one parser sees another host than the next
    "http://user@127.0.0.1/",
    "http://user:password@example.com/",
    "http://example.com@127.0.0.1/",
    "http://example.com:80@127.0.0.1/",
    "http://127.0.0.1@example.com/",
    "http://example.com%40127.0.0.1/",
    "http://127.0.0.1\\@example.com/",
    "http://example.com\\@127.0.0.1/",
    "http://127.0.0.1 @example.com/",
    "http://127.0.0.1\t@example.com/",
    "http://127.0.0.1:80\r\n@example.com/",
    "http://@127.0.0.1/",
    "http://:@127.0.0.1/",
    "http://127.0.0.1:80:80/",
    "http://127.0.0.1:99999/",
    "http://127.0.0.1:-1/",
    "http://[127.0.0.1]/",
    "http://[::1/",
    "http://::1/",
    "http://0/",
    "http://127.1?@example.com/",
    "http://127.1#@example.com/",
    f"http://{'a' * 300}.example/",
    f"http://{'a.' * 500}example/",
)


def urls() -> Iterator[str]:
    """Everything that no field may take."""
    for address in PRIVATE:
        for host in notations(address):
            yield f"http://{host}/a.mp4"
    for host in OTHER_HOSTS:
        yield f"http://{host}/a.mp4"
        yield f"HTTPS://{host}:443/a.mp4"
    yield from SCHEMES
    yield from CONFUSED


URLS = tuple(urls())
FIELDS = {
    ("POST", "/api/v1/process", "video_url"),
    ("POST", "/api/v1/process", "webhook_url"),
    ("POST", "/api/v1/clips/{clip_id}/renders", "webhook_url"),
    ("POST", "/api/v1/webhooks", "url"),
}


def test_every_field_that_takes_a_url_is_attacked() -> None:
    bodies = {
        "/api/v1/process": process_request.Process,
        "/api/v1/clips/{clip_id}/renders": clip_requests.Render,
        "/api/v1/webhooks": WebhookRequest,
    }
    found = {
        ("POST", path, name)
        for path, body in bodies.items()
        for name in get_type_hints(body)
        if "url" in name
    }
    assert found == FIELDS


def test_no_notation_passes() -> None:
    passed = []
    for url in URLS:
        try:
            check_url(url, allow_private=False)
        except FetchError:
            continue
        passed.append(url)
    assert passed == []


def test_no_ipv6_address_is_called_even_where_private_ones_are_allowed() -> None:
    """Connections are made over IPv4: without a reason given, it would be a fault of the server."""
    for host in ("[::1]", "[2606:2800:220:1:248:1893:25c8:1946]"):
        with pytest.raises(AddressRefused, match="IPv6"):
            check_url(f"http://{host}/a.mp4", allow_private=True)


async def test_no_field_takes_any_of_them(ada: Caller) -> None:
    job = await ada.done(10)
    clip_id = job["clips"][0]["clip_id"]
    with listening() as witness:
        inside = [
            f"http://{host}:{witness.port}/inside.mp4"
            for host in (*notations("127.0.0.1"), *OTHER_HOSTS)
            if not host.endswith(":80")
        ]
        some = [*inside, *SCHEMES, *CONFUSED]
        for (_, path, field), url in itertools.product(sorted(FIELDS), some):
            body = {"video_url": "https://example.com/a.mp4"} if path.endswith("process") else {}
            answer = await ada.post(path.format(clip_id=clip_id), body | {field: url}, 400)
            assert answer.get("field") == field, (url, answer)
    assert witness.heard == []
    assert len((await ada.get("/api/v1/jobs"))["jobs"]) == 1


@pytest.fixture
def sources(monkeypatch: pytest.MonkeyPatch) -> Sources:
    """As shipped, with pauses that a test has time for."""
    monkeypatch.setattr(module, "RETRY_PAUSES_S", (0.01,) * len(module.RETRY_PAUSES_S))
    return load(ROOT / "config.toml", {}).sources


def targets(port: int) -> list[str]:
    """Where a redirect leads to this machine, or out of HTTP."""
    hosts = ("127.0.0.1", "127.1", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "localhost")
    return [
        *(f"http://{host}:{port}/inside.mp4" for host in hosts),
        f"//127.0.0.1:{port}/inside.mp4",
        f"http://user@127.0.0.1:{port}/inside.mp4",
        f"http:\\\\127.0.0.1:{port}/inside.mp4",
        f"\\\\127.0.0.1:{port}/inside.mp4",
        *SCHEMES[:5],
        "http://" + "ﷺ" * 400 + "/",
    ]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect_leads_inside(
    sources: Sources,
    tmp_path: Path,
    aiohttp_server: Server,
    status: int,
) -> None:
    """The first address is let through, as if it were public; no other is."""
    place = ""

    async def redirect(_request: web.Request) -> web.Response:
        return web.Response(status=status, headers={"Location": place})

    app = web.Application()
    app.router.add_get("/start", redirect)
    server = await aiohttp_server(app)
    with listening() as witness:
        for place in targets(witness.port):
            with pytest.raises(FetchError):
                await download(
                    f"http://127.0.0.1:{server.port}/start",
                    tmp_path / "source",
                    sources=sources,
                    guard=FirstIsPublic(),
                )
            assert not (tmp_path / "source").exists(), place
    assert witness.heard == []


@pytest.mark.parametrize(
    "answers",
    [
        ["10.0.0.7"],
        ["127.0.0.1"],
        ["0.0.0.0"],
        ["169.254.169.254", "127.0.0.1"],
        ["10.0.0.7", "10.0.0.7", "127.0.0.1"],
    ],
)
async def test_a_name_with_a_private_address_is_not_called(
    sources: Sources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answers: list[str]
) -> None:
    with listening() as witness:

        async def answer(*_: object, **__: object) -> list[object]:
            return [
                (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, witness.port))
                for address in answers
            ]

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", answer)
        with pytest.raises(AddressRefused, match=answers[0]):
            await download("http://a.example/a.mp4", tmp_path / "source", sources=sources)
    assert witness.heard == []


async def test_a_name_that_changes_between_two_tries_is_checked_again(
    sources: Sources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, aiohttp_server: Server
) -> None:
    """DNS rebinding while a download is resumed: first it is public, then it is this machine."""

    async def cut(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"ETag": '"one"'})
        response.content_length = 1_000_000
        await response.prepare(request)
        await response.write(b"x" * 100_000)
        assert request.transport is not None
        request.transport.abort()
        return response

    app = web.Application()
    app.router.add_get("/a.mp4", cut)
    outside = await aiohttp_server(app)
    with listening() as witness:
        ports = [outside.port]

        async def answer(*_: object, **__: object) -> list[object]:
            port = ports.pop(0) if ports else witness.port
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", answer)
        guard = FirstIsPublic()
        with pytest.raises(FetchError, match="not a public address"):
            await download(
                "http://a.example/a.mp4", tmp_path / "source", sources=sources, guard=guard
            )
    assert len(guard.asked) == 2
    assert witness.heard == []


async def test_a_webhook_whose_name_leads_inside_is_not_called(
    serve: Serve, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = await make_caller(await serve(config))
    real = socket.getaddrinfo
    with listening() as witness:

        def answer(host: Any, *rest: Any, **options: Any) -> Any:
            return real("127.0.0.1" if host == "hook.example" else host, *rest, **options)

        monkeypatch.setattr(socket, "getaddrinfo", answer)
        url = f"http://hook.example:{witness.port}/"
        job_id = (await ada.done(10, webhook_url=url))["job_id"]
        async with asyncio.timeout(10):
            path = f"/api/v1/jobs/{job_id}/deliveries"
            while not (found := (await ada.get(path))["deliveries"]) or not found[0]["error"]:  # noqa: ASYNC110 - the deliverer signals nothing
                await asyncio.sleep(0.02)
    assert "not a public address" in found[0]["error"]
    assert witness.heard == []


async def test_a_name_with_several_private_addresses_is_refused_when_handed_in(
    ada: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server of one's own may answer what it likes, and as often."""
    real = socket.getaddrinfo

    def answer(host: Any, *rest: Any, **options: Any) -> Any:
        if host != "many.example":
            return real(host, *rest, **options)
        addresses = ("10.0.0.7", "127.0.0.1", "169.254.169.254")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 80)) for one in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    body = await ada.post("/api/v1/process", {"video_url": "http://many.example/a.mp4"}, 422)
    assert "10.0.0.7, which is not a public address" in body["message"]


def test_a_witness_hears_who_comes() -> None:
    """Otherwise its silence would prove nothing."""
    with listening() as witness:
        with socket.create_connection(("127.0.0.1", witness.port)) as caller:
            caller.sendall(b"here")
        assert isinstance(witness, Witness)
    assert witness.heard == [b"here"]
