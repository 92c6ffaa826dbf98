"""Bytes that no library would send: every header that is read, and forms, raw; never a 500."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest
from aiohttp import StreamReader, web
from aiohttp.test_utils import TestServer
from caller import Caller, Client, files_below, make_caller, raw
from fake_engine import FakeEngine
from server_settings import changed

from klipfast_server.api import request_parsing
from klipfast_server.app import create_app
from klipfast_server.core.config import Config
from klipfast_server.core.tasks import background
from klipfast_server.files import forms, upload_acceptance

HOSTILE = (
    b"",
    b"\xff",
    b"\xc3\xa9",
    b"x" * 7000,
    b"-1",
    b"1" * 400,
    b"*",
    b",",
    b'"',
    b"%00",
    b"bytes=",
    b"bytes=9-1",
    b"bytes=0-0,2-3",
    b"bytes=" + b"9" * 400 + b"-",
    b"items=0-5",
    b"Bearer",
    b"Bearer \xff",
    b"Bearer kf_live_sk_\xff",
    b"bearer kf_live_sk_" + b"a" * 32,
    b"Basic YTpi",
    b"gzip",
    b"identity, gzip",
    b"multipart/form-data; boundary=\xff",
    b"multipart/form-data",
    b"application/json; charset=nope",
    b"application/offset+octet-stream",
    b"text/html\x80",
    b"Wed, 31 Feb 2026 25:61:61 GMT",
    b"Thu, 01 Jan 9999999 00:00:00 GMT",
    b'W/"a", "b',
    b"[::1",
    b"[::1]:99999999",
    b"a b",
    b"evil.example/path?x=",
    b"user@host",
    b"1-f-end",
    b"99999999999999999999-" + b"f" * 80,
    b"filename \xff",
    b"filename !!!!",
    b"100-continue",
    b"something else",
)
# Each with the calls (below) that make something of it; every other call gets some of the values.
HEADERS = {
    b"Host": (0, 2),
    b"Authorization": (0,),
    b"Content-Type": (3, 4),
    b"Content-Encoding": (3, 4),
    b"Idempotency-Key": (3,),
    b"Last-Event-ID": (1,),
    b"Range": (2,),
    b"If-Range": (2,),
    b"If-Match": (2,),
    b"If-None-Match": (2,),
    b"If-Modified-Since": (2,),
    b"If-Unmodified-Since": (2,),
    b"Expect": (4,),
    b"Accept": (),
    b"Accept-Encoding": (2,),
    b"Cookie": (),
    b"Upgrade": (0,),
    b"Connection": (),
    b"Tus-Resumable": (5,),
    b"Upload-Length": (5,),
    b"Upload-Offset": (5,),
    b"Upload-Metadata": (5,),
    b"X-Forwarded-Host": (),
    b"X-Forwarded-Proto": (),
    b"Origin": (),
}


async def sent(client: Client, *lines: bytes, body: bytes = b"") -> tuple[int, bytes, bytes]:
    """(status, head, body) of what answers these bytes; the connection is new."""
    answer = await raw(client, b"\r\n".join((*lines, b"", b"")) + body)
    while answer.startswith(b"HTTP/1.1 100 "):
        answer = answer.partition(b"\r\n\r\n")[2]
    head, _, rest = answer.partition(b"\r\n\r\n")
    return int(head.split(b" ")[1]), head.lower(), rest


def request(caller: Caller, line: bytes, *more: bytes, without: bytes = b"") -> tuple[bytes, ...]:
    """Lines of a proper request and `more`, less the one header."""
    usual = {
        b"Host": b"localhost",
        b"Authorization": f"Bearer {caller.key}".encode(),
        b"Tus-Resumable": b"1.0.0",
        b"Connection": b"close",
    }
    lines = (name + b": " + value for name, value in usual.items() if name != without)
    return (line + b" HTTP/1.1", *lines, *more)


# What the server itself reads; the others are read by aiohttp alone.
READ = {b"Host", b"Authorization", b"Content-Type", b"Idempotency-Key", b"Last-Event-ID"}
READ |= {b"Range", b"If-Match", b"If-None-Match", b"Upload-Offset", b"Upload-Metadata"}


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=() if n in READ else pytest.mark.slow) for n in HEADERS]
)
async def test_no_value_of_a_header_is_an_error_of_the_server(ada: Caller, name: bytes) -> None:
    job = await ada.done(10)
    file = job["clips"][0]["download_url"].partition("/files/")[2].encode()
    calls = (
        (b"GET /api/v1/jobs/" + job["job_id"].encode(), b""),
        (b"GET /api/v1/jobs/" + job["job_id"].encode() + b"/events", b""),
        (b"GET /files/" + file, b""),
        (b"POST /api/v1/process", b'{"video_url": "upload://upload_nothing"}'),
        (b"POST /api/v1/uploads", b"seconds 30"),
        (b"POST /api/v1/resumable-uploads", b""),
        (b"OPTIONS /api/v1/resumable-uploads", b""),
    )
    for n, value in enumerate(HOSTILE):
        for line, body in {calls[i] for i in (*HEADERS[name], n % len(calls))}:
            length = b"Content-Length: " + str(len(body)).encode()
            lines = request(ada, line, length, name + b": " + value, without=name)
            if name == b"Connection":  # otherwise nobody would end the answer
                lines = (lines[0][:-1] + b"0", *lines[1:])
            status, head, answer = await sent(ada.client, *lines, body=body)
            assert status < 500, (line, value, answer)
            if status >= 400 and b"application/json" in head:
                assert json.loads(answer)["request_id"].startswith("req_")
                assert b"x-ratelimit-remaining" in head
            elif status >= 400:  # never got as far as HTTP
                assert (status, b"text/plain" in head) == (400, True), (line, value, answer)
    await ada.get("/api/v1/usage")


async def test_a_header_that_is_refused_is_named(ada: Caller) -> None:
    for header, field, status in (
        (b"Host: a b", "Host", 400),
        (b"Host: \xff", "Host", 400),
        (b"Content-Encoding: gzip", "Content-Encoding", 415),
    ):
        lines = request(ada, b"GET /api/v1/jobs", header, without=header.partition(b":")[0])
        got, _, answer = await sent(ada.client, *lines)
        assert (got, json.loads(answer)["field"]) == (status, field)


async def test_http_1_0_needs_no_host(ada: Caller) -> None:
    await ada.done(10)
    status, _, answer = await sent(
        ada.client, b"GET /api/v1/jobs HTTP/1.0", b"Authorization: Bearer " + ada.key.encode()
    )
    assert (status, len(json.loads(answer)["jobs"])) == (200, 1)


NAMES = (
    b"filename*=nope''%ff",
    b"filename*=utf-8''%ff",
    b"filename*=utf-8''",
    b'filename="\xff"',
    b'filename="' + b"a" * 5000 + b'"',
    b"filename*0=a; filename*1=b",
    b'filename=""',
    b"filename*=idna''a%2e%2e" + b"b" * 200,
    b'filename="..\\..\\x.mp4"',
    b"filename*=base64''x",
)
PARTS = (
    b"Content-Length: -5",
    b"Content-Length: 99999999",
    b"Content-Length: x",
    b"Content-Encoding: gzip",
    b"Content-Transfer-Encoding: base64",
    b"Content-Type: \xff",
    b"Content-Type: multipart/mixed; boundary=y",
    b"Content-Type: multipart/mixed",
    b"Content-Disposition: form-data",
    b"\xff: x",
    b"no colon",
)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # aiohttp's, of names that it passes over
@pytest.mark.parametrize("kind", ["form-data", "mixed"])
async def test_no_form_is_an_error_of_the_server(ada: Caller, kind: str) -> None:
    for name in NAMES:
        for more in (b"X-A: b", *PARTS):
            body = b"\r\n".join(
                (
                    b"--x",
                    b'Content-Disposition: form-data; name="file"; ' + name,
                    more,
                    b"",
                    b"seconds 30",
                    b"--x--",
                    b"",
                )
            )
            status, head, answer = await sent(
                ada.client,
                *request(
                    ada,
                    b"POST /api/v1/uploads",
                    f"Content-Type: multipart/{kind}; boundary=x".encode(),
                    b"Content-Length: " + str(len(body)).encode(),
                ),
                body=body,
            )
            assert status in (201, 400, 422), (name, more, answer)
            assert b"application/json" in head


@pytest.mark.parametrize("chunks", [b"zz\r\n", b"5\r\nab\r\n", b"-1\r\n", b"f" * 40 + b"\r\n"])
@pytest.mark.parametrize("path", [b"process", b"uploads"])
async def test_broken_chunks_are_refused(ada: Caller, path: bytes, chunks: bytes) -> None:
    lines = request(ada, b"POST /api/v1/" + path, b"Transfer-Encoding: chunked")
    answer = await raw(ada.client, b"\r\n".join((*lines, b"", b"")) + chunks, is_all=True)
    assert answer == b"" or answer.split(b" ")[1] == b"400", answer
    await ada.get("/api/v1/usage")


FORM = {"Content-Type": "multipart/form-data; boundary=x"}


async def slowly(content: bytes) -> AsyncIterator[bytes]:
    """The bytes, and then nothing for as long as anybody waits."""
    yield content
    await asyncio.sleep(600)


async def refused(ada: Caller, path: str, content: AsyncIterator[bytes], **more: Any) -> Any:
    """The JSON of a 400."""
    async with asyncio.timeout(60):
        return await ada.send("POST", path, 400, data=content, **more)


async def test_a_body_that_never_ends_or_only_drips_is_not_waited_for(
    ada: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dripping() -> AsyncIterator[bytes]:
        yield b'{"video_url": "'
        while True:
            yield b"a"
            await asyncio.sleep(0.02)

    monkeypatch.setattr(request_parsing, "BODY_S", 0.2)
    for headers in ({}, {"Idempotency-Key": "a"}):
        answer = await refused(ada, "/api/v1/process", slowly(b'{"video'), headers=headers)
        assert "seconds" in answer["message"]
    answer = await refused(ada, "/api/v1/process", dripping())
    assert "did not arrive completely" in answer["message"]


class Impatient(TestServer):
    """As `serve` runs it, with less time for the headers."""

    async def _make_runner(self, **options: Any) -> web.BaseRunner:
        return await super()._make_runner(**options | {"keepalive_timeout": 0.3})


async def test_headers_that_only_drip_are_not_waited_for(
    serve: object,  # noqa: ARG001 - for what it prepares
    config: Config,
    engine: FakeEngine,
    aiohttp_client: Any,
) -> None:
    server = Impatient(create_app(config, engine))
    await server.start_server(access_log=None)
    client = await aiohttp_client(server)
    first = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    for begun in (b"", first):  # on a new connection, and on one that was used
        reader, writer = await asyncio.open_connection(client.host, client.port)
        writer.write(begun + b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-A: ")

        async def drip(to: asyncio.StreamWriter = writer) -> None:
            while True:
                to.write(b"a")
                await asyncio.sleep(0.02)

        async with asyncio.timeout(60), background(drip()):
            answer = b""
            with suppress(ConnectionError):  # cut, with bytes on the way
                while piece := await reader.read(4096):
                    answer += piece
        writer.close()
        assert answer.count(b"200 OK") == bool(begun)


async def test_a_form_that_holds_back_its_file_is_not_waited_for(
    serve: Any, config: Config
) -> None:
    ada = await make_caller(await serve(changed(config, "sources", idle_s=0.2)))
    for begun in (b"", b"--x\r\n", b"--x\r\nContent-Disposition: form-data\r\n\r\nnothing"):
        answer = await refused(ada, "/api/v1/uploads", slowly(begun), headers=FORM)
        assert (answer["field"], "came for" in answer["message"]) == ("file", True)


@pytest.mark.slow  # waits for a deadline
async def test_an_upload_that_only_drips_is_refused(serve: Any, config: Config) -> None:
    """A byte now and then, for ever, would keep its connection and its place on disk."""
    demanding = changed(config, "sources", idle_s=1.5, min_bytes_per_s=1000)
    ada = await make_caller(await serve(demanding))

    async def dripping(begun: bytes) -> AsyncIterator[bytes]:
        yield begun
        for _ in range(200):
            await asyncio.sleep(0.05)
            yield b"a"

    part = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n'
    for begun, headers in ((b"a", {}), (part, FORM)):
        answer = await refused(ada, "/api/v1/uploads", dripping(begun), headers=headers)
        assert (answer["field"], "too slowly" in answer["message"]) == ("file", True)
    assert files_below(config.server.data_dir / "uploads") == []


async def test_what_stands_before_the_file_of_a_form_is_bounded(
    ada: Caller, config: Config
) -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="note"\r\n\r\n'
        for _ in range(4 + config.limits.body_bytes // upload_acceptance.CHUNK_BYTES):
            yield b"a" * upload_acceptance.CHUNK_BYTES

    answer = await refused(ada, "/api/v1/uploads", endless(), headers=FORM)
    assert "before its file" in answer["message"]


FILE = b'--x\r\nContent-Disposition: form-data; filename="a"\r\n\r\nseconds 30\r\n--x--\r\n'
EMPTY = b"--x\r\n\r\n\r\n"


@pytest.mark.parametrize(
    ("before", "reason"),
    [
        (EMPTY * 20_000, "64 parts"),
        (EMPTY * (forms.MAX_PARTS + 1), "64 parts"),
        (b"\n" * 1_000_000, "1,024 lines"),
        (b"\n" * forms.MAX_FRAME_LINES, "1,024 lines"),
        ((b"a" * 1000 + b"\n") * 1000, "32,768 bytes"),
        ((b"--x\r\n" + b"a: b\r\n" * 100 + b"\r\nc\r\n") * 60, "1,024 lines"),
        ((b"--x\r\na: " + b"b" * 8000 + b"\r\n\r\nc\r\n") * 60, "32,768 bytes"),
    ],
    ids=["parts", "a part", "newlines", "a newline", "preamble", "headers", "long headers"],
)
async def test_a_form_of_too_much_before_its_file_is_refused_before_it_is_read(
    ada: Caller, monkeypatch: pytest.MonkeyPatch, before: bytes, reason: str
) -> None:
    lines_read, readuntil = 0, StreamReader.readuntil

    async def counted(*args: Any, **options: Any) -> bytes:
        nonlocal lines_read
        lines_read += 1
        return await readuntil(*args, **options)

    form = request(ada, b"POST /api/v1/uploads", b"Content-Type: " + FORM["Content-Type"].encode())
    length = b"Content-Length: " + str(len(before + FILE)).encode()
    reader, writer = await asyncio.open_connection(ada.client.host, ada.client.port)
    writer.write(b"\r\n".join((*form, length, b"", b"")) + before + FILE)
    with monkeypatch.context() as patched:
        patched.setattr(StreamReader, "readuntil", counted)
        async with asyncio.timeout(60):
            head = await reader.readuntil(b"\r\n\r\n")
            answer = json.loads(await reader.readuntil(b"}"))
    writer.close()
    assert b" 400 " in head
    assert reason in answer["message"]
    assert "send the file first" in answer["message"]
    assert answer["field"] == "file"
    assert lines_read <= forms.MAX_FRAME_LINES + 1


async def test_a_form_with_the_most_allowed_before_its_file_is_taken(ada: Caller) -> None:
    for before in (EMPTY * forms.MAX_PARTS, b"\n" * (forms.MAX_FRAME_LINES - 3)):
        await ada.send("POST", "/api/v1/uploads", 201, data=before + FILE, headers=FORM)
