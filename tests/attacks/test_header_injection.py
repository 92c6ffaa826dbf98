"""No text of a caller becomes a header, a second answer, or a line of the log."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from caller import Caller, Client, Serve, make_caller, raw
from receiver import Receiver
from server_settings import changed
from yarl import URL

from klipfast_server.api.description import openapi
from klipfast_server.core.config import Config
from klipfast_server.telemetry import logs

pytestmark = pytest.mark.usefixtures("unlimited")

Server = Callable[[web.Application], Awaitable[TestServer]]

BREAKS = (
    "\r\n",
    "\n",
    "\r",
    "\r\n\r\n",
    "\u0085",
    "\u2028",
    "\u560d\u560a",  # whose last bytes are CR and LF
    "\x0b",
    "\x0c",
    "\x1c",
    "%0d%0a",
    "\\r\\n",
    "\r\n HTTP/1.1 200 OK\r\n\r\n",
)
INJECTED = "X-Injected"


def is_one_answer(answer: bytes) -> bool:
    """Whether there is one answer, without a header that nobody meant, and nothing after it."""
    head, _, body = answer.lower().partition(b"\r\n\r\n")
    told = re.search(rb"\r\ncontent-length: (\d+)", head)
    is_whole = told is None or int(told[1]) == len(body) or not body  # HEAD and 204 have none
    return head.count(b"http/1.1 ") == 1 and b"\r\nx-injected" not in head and is_whole


@pytest.mark.slow  # hundreds of calls
async def test_no_part_of_a_path_or_a_query_becomes_a_header(ada: Caller) -> None:
    for call in openapi.calls(ada.app):
        for broken in BREAKS:
            evil = quote(f"a{broken}{INJECTED}: yes", safe="")
            path = call.path
            for name in call.path_parameters:
                path = path.replace(f"{{{name}}}", evil)
            for target in (path, f"{path}?{evil}={evil}", f"/{evil}{path}"):
                request = (
                    f"{call.method} {target} HTTP/1.1\r\nHost: localhost\r\n"
                    f"Authorization: Bearer {ada.key}\r\nContent-Length: 0\r\n"
                    "Connection: close\r\n\r\n"
                )
                answer = await raw(ada.client, request.encode())
                assert is_one_answer(answer), (target, answer[:500])


async def test_no_header_is_given_back(ada: Caller) -> None:
    names = (
        "Host",
        "X-Request-Id",
        "X-Forwarded-Host",
        "X-Forwarded-Proto",
        "X-Forwarded-For",
        "X-Original-URL",
        "X-Rewrite-URL",
        "Forwarded",
        "Origin",
        "Referer",
        "Idempotency-Key",
        "Upload-Metadata",
        "Last-Event-ID",
        "Cookie",
    )
    for name in names:
        for method, path in (
            ("GET", "/api/v1/jobs"),
            ("GET", "/docs"),
            ("OPTIONS", "/api/v1/resumable-uploads"),
            ("GET", "/nothing"),
            ("POST", "/api/v1/process"),
        ):
            request = (
                f"{method} {path} HTTP/1.1\r\n"
                + ("" if name == "Host" else "Host: localhost\r\n")
                + f"{name}: evil.example\r\nAuthorization: Bearer {ada.key}\r\n"
                "Content-Length: 0\r\nConnection: close\r\n\r\n"
            )
            head = (await raw(ada.client, request.encode())).partition(b"\r\n\r\n")[0]
            assert b"evil.example" not in head, (name, path)


async def test_a_title_becomes_no_header_of_its_file(ada: Caller) -> None:
    job = await ada.done(10)
    clip_id = job["clips"][0]["clip_id"]
    for broken in BREAKS:
        title = f'a"; filename=b{broken}{INJECTED}: yes'
        body = {"title": title}
        again = await ada.made(f"/api/v1/clips/{clip_id}/renders", body)
        [clip] = again["clips"]
        assert clip["title"] == title
        for link in ("download_url", "thumbnail_url"):
            url = URL(clip[link])
            answer = await raw(
                ada.client,
                f"GET {url.raw_path_qs} HTTP/1.1\r\nHost: localhost\r\n"
                "Connection: close\r\n\r\n".encode(),
            )
            assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
            assert is_one_answer(answer)
            assert b'; filename="a-filename-b' in answer


async def test_a_webhook_is_sent_the_headers_that_are_meant(
    serve: Serve, config: Config, aiohttp_server: Server
) -> None:
    """Metadata, title and name of a job are in the body; the address is as it was checked."""
    receiver, app = Receiver(), web.Application()
    app.router.add_post("/{_:.*}", receiver.answer)
    receiver.server = await aiohttp_server(app)
    ada = await make_caller(await serve(changed(config, "sources", allow_private=True)))
    for number, broken in enumerate(BREAKS):
        text, url = f"a{broken}{INJECTED}: yes", receiver.url()
        await ada.post("/api/v1/webhooks", {"url": f"{url}?{broken}{INJECTED}: yes"}, 400)
        body = {
            "video_url": (await ada.upload(f"seconds {20 + number}".encode()))["video_url"],
            "metadata": {"a": text, text[:60]: "a"},
            "webhook_url": url,
        }
        await ada.made("/api/v1/process", body)
    told: list[Any] = []
    async with asyncio.timeout(60):
        while len(told) < len(BREAKS):
            await asyncio.sleep(0.02)
            bodies = await receiver.until(0)
            told = [body["data"] for body in bodies if body["type"] == "job.completed"]
    allowed = {
        "accept",
        "accept-encoding",
        "content-length",
        "content-type",
        "host",
        "user-agent",
        "webhook-id",
        "webhook-signature",
        "webhook-timestamp",
    }
    for headers, _ in receiver.got:
        assert {name.lower() for name in headers} == allowed
    texts = {data["metadata"]["a"] for data in told}
    assert texts == {f"a{broken}{INJECTED}: yes" for broken in BREAKS}


SECOND = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
HEADS = (
    b"POST /api/v1/jobs HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 5",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked",
    b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity",
    b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked",
    b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked",
    b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \x0bchunked",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +4",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x4",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1",
    b"GET / HTTP/1.1\r\nHost: a\r\n X-Folded: b",
    b"GET / HTTP/1.1\r\nHost: a\r\nX-A: b\rX-Injected: c",
    b"GET / HTTP/1.1\r\nHost: a\r\nX-A\0: b",
    b"GET / HTTP/1.1\nHost: a\n",
    b"GET /\r\nX-Injected: a HTTP/1.1\r\nHost: a",
    b"GET / HTTP/9.9\r\nHost: a",
    b"GET  / HTTP/1.1\r\nHost: a",
    b"PRI * HTTP/2.0\r\n\r\nSM",
)


async def test_no_second_request_is_hidden_in_a_first(client: Client) -> None:
    """Where two servers could see different ends of a request, this one sees none."""
    for head in HEADS:
        answer = await raw(client, head + b"\r\n\r\n0\r\n\r\n" + SECOND, is_all=True)
        assert answer.count(b"HTTP/1.1 2") == 0, (head, answer)
        assert answer.count(b"HTTP/1.1 ") <= 1, (head, answer)
        assert b"x-injected" not in answer.lower()


@pytest.mark.parametrize("form", ["json", "console"])
async def test_a_line_of_the_log_is_one_line_of_plain_text(
    ada: Caller, config: Config, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    logs.configure(msgspec.structs.replace(config.server, log_format=form))
    capsys.readouterr()
    breaks = [*BREAKS, "\x1b[2J", "\x1b]0;title\x07", "\x9b31m", "\b" * 20, "\u202e", "\0"]
    for broken in breaks:
        path = quote(f"/api/v1/jobs/a{broken}forged", safe="/")
        await ada.call("GET", URL(path, encoded=True))
    written = capsys.readouterr().err.splitlines()
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in written]  # colors of the console
    assert len(lines) == len(breaks)
    for line in lines:
        assert line.isprintable(), line
        assert "forged" in line
