"""Every refusal has a documented code, says what would be right, and tells nothing else."""

import asyncio
import json
import logging
import re
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest
from caller import Caller, Client, make_caller
from fake_engine import FakeEngine
from multidict import CIMultiDict

from klipfast_server.api import app_keys
from klipfast_server.core.config import Config
from klipfast_server.schema import process_request
from klipfast_server.store import accounts
from klipfast_server.store.database import Database

Serve = Callable[[Config], Awaitable[Client]]
CODES = {
    400: "bad_request",
    405: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    409: "conflict",
    422: "unprocessable",
    429: "rate_limited",
    500: "server_error",
    503: "server_error",
}


async def envelope(
    caller: Caller, status: int, method: str, path: str, **options: Any
) -> dict[str, Any]:
    """The body of an error, whose form is checked."""
    response = await caller.call(method, path, **options)
    body: dict[str, Any] = await response.json()
    assert response.status == status, body
    assert body["error"] == CODES[status]
    assert body["message"].endswith((".", "…", "?"))
    assert re.fullmatch(r"req_\w{22}", body["request_id"])
    assert response.headers["X-Request-Id"] == body["request_id"]
    for name in ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"):
        assert response.headers[name].isdigit()
    return body


async def test_a_call_without_a_valid_key_is_unauthorized(client: Client) -> None:
    for key in ("", "kf_live_sk_" + "x" * 32, "something else", "kf_live_sk_\udcff"):
        stranger = Caller(client=client, key=key.encode(errors="replace").decode())
        await envelope(stranger, 401, "GET", "/api/v1/jobs")


async def test_a_revoked_key_stops_working_at_once(ada: Caller, client: Client) -> None:
    assert client.app is not None
    db = client.app[app_keys.DATABASE]
    [info] = await accounts.list_keys(db)
    assert await accounts.revoke_key(db, info.key_id)
    await envelope(ada, 401, "GET", "/api/v1/usage")
    assert not await accounts.revoke_key(db, info.key_id)


async def test_the_free_plan_has_no_api(client: Client) -> None:
    eve = await make_caller(client, account="eve", plan="free")
    body = await envelope(eve, 403, "GET", "/api/v1/usage")
    assert "starter" in body["message"]


async def test_a_plan_that_was_taken_out_of_the_settings_is_no_key_error(
    client: Client, ada: Caller
) -> None:
    assert client.app is not None
    await client.app[app_keys.DATABASE].pool.execute("UPDATE accounts SET plan = 'gone'")
    body = await envelope(ada, 403, "GET", "/api/v1/usage")
    assert "gone" in body["message"]


async def test_what_is_not_there_is_not_found(ada: Caller) -> None:
    for method, path in (
        ("GET", "/api/v1/nothing"),
        ("GET", "/nothing"),
        ("GET", "/api/v2/jobs"),
        ("GET", "/api/v1/jobs/"),
        ("POST", "/api/v1/process/"),
        ("GET", "/api/v1/jobs/job_unknown"),
        ("GET", "/api/v1/jobs/clip_wrong"),
        ("GET", "/api/v1/jobs/job_%00"),
        ("GET", "/api/v1/clips/clip_unknown"),
        ("POST", "/api/v1/jobs/job_unknown/cancel"),
    ):
        await envelope(ada, 404, method, path)


async def test_a_method_that_is_not_possible_names_those_that_are(ada: Caller) -> None:
    body = await envelope(ada, 405, "DELETE", "/api/v1/usage")
    assert "GET" in body["message"]


async def test_a_header_that_comes_twice_is_named(ada: Caller) -> None:
    for name in ("Authorization", "Last-Event-ID", "Upload-Offset", "Range"):
        headers = CIMultiDict([("Authorization", f"Bearer {ada.key}"), (name, "a"), (name, "b")])
        response = await ada.client.get("/api/v1/jobs", headers=headers)
        body = await response.json()
        assert (response.status, body["error"], body["field"]) == (400, "bad_request", name)


async def test_what_is_no_http_is_refused_and_harms_nobody(ada: Caller) -> None:
    for line, header in (
        ("FOO /api/v1/jobs HTTP/1.1", "X-A: b"),
        ("GET /api/v1/jobs HTTP/1.1", "X-A: a\x00b"),
        ("GET /api/v1/jobs HTTP/1.1", "X-A: " + "a" * 10_000),
        (f"GET /{'a' * 10_000} HTTP/1.1", "X-A: b"),
        ("POST /api/v1/process HTTP/1.1", "Content-Type: a\r\nContent-Type: b"),
        ("POST /api/v1/process HTTP/1.1", "Content-Length: 3\r\nContent-Length: 4"),
        ("hello", "X-A: b"),
    ):
        reader, writer = await asyncio.open_connection(ada.client.host, ada.client.port)
        writer.write(f"{line}\r\nHost: localhost\r\n{header}\r\n\r\n".encode())
        async with asyncio.timeout(60):
            assert (await reader.read()).split(b" ")[1] == b"400"
        writer.close()
    await ada.get("/api/v1/usage")


async def test_a_body_that_is_not_a_json_object_is_refused(ada: Caller) -> None:
    texts = ("null", '"x"', "{'a': 1}", "\ufeff{}", "[" * 5000, '{"a":NaN}')
    for body in (*map(str.encode, texts), b'{"video_url": "\xff\xfe"}'):
        await envelope(ada, 400, "POST", "/api/v1/process", data=body)


async def test_a_body_over_the_limit_is_refused(ada: Caller, config: Config) -> None:
    huge = b'{"video_url": "' + b"x" * config.limits.body_bytes + b'"}'
    body = await envelope(ada, 400, "POST", "/api/v1/process", data=huge)
    assert f"{config.limits.body_bytes:,} bytes" in body["message"]


# Beside those of test_explanations.py.
WRONG = [
    ("video_url", 7, "a text"),
    ("video_url", "ftp://example.com/a.mp4", "https://"),
    ("video_url", "example.com/a.mp4", "https://"),
    ("video_url", "https:///a.mp4", "host"),
    ("video_url", "https://exa mple.com/a.mp4", "spaces"),
    ("video_url", "https://example.com/\u0000.mp4", "control"),
    ("video_url", "https://" + "x" * 2048, "2048 characters"),
    ("caption_style", "sparkly", "white_bold, karaoke, none"),
    ("language", "klingon", "ISO 639-1"),
    ("language", "EN", "ISO 639-1"),
    ("clip_count", 2.5, "whole number"),
    ("clip_count", 1e300, "clip_count"),
    ("layout", "round", "auto, crop, split, fit"),
    ("keywords", ["\u0000"], "NUL"),
    ("keywords", ["AI", "\u200b"], "keywords[1] has no visible characters"),
    ("vocabulary", ["\u0301"], "vocabulary[0] has no visible characters"),
    ("range", {"start": 5, "end": 9}, "5 s"),
    ("range", {"start": -1, "end": 9}, "0 or more"),
    ("remove_silences", True, "natural, fast"),
    ("profanity", "bleep", "keep, mask"),
    ("vocabulary", ["x"] * 101, "100 items"),
    ("metadata", {"a": "\u0000"}, "NUL"),
    ("metadata", {str(i): "" for i in range(17)}, "16 entries"),
    ("metadata", {"k" * 65: ""}, "64 characters"),
    ("metadata", {"\u0000": ""}, "NUL"),
    ("webhook_url", "http://127.0.0.1/", "public"),
    ("webhook_url", "mailto:a@example.com", "https://"),
    ("transcript", "", "empty"),
    ("transcript", "…", "no words"),
    ("transcript", "1\n00:00:09,000 --> 00:00:03,000\nHello", "ends before it starts"),
    ("max_duration", "60", "a number"),
    ("aspect_ratio", "2:1", "9:16"),
]


async def test_a_wrong_field_is_named_with_what_would_be_right(ada: Caller) -> None:
    for field, value, told in WRONG:
        request = {"video_url": "https://example.com/a.mp4", field: value}
        body = await envelope(ada, 400, "POST", "/api/v1/process", json=request)
        assert body["field"].split(".")[0] == field
        assert told in body["message"], field


async def test_a_missing_video_url_is_named(ada: Caller) -> None:
    body = await envelope(ada, 400, "POST", "/api/v1/process", json={"quality": "best"})
    assert body["field"] == "video_url"


async def test_a_whole_number_may_be_written_with_a_point(ada: Caller, db: Database) -> None:
    upload = await ada.upload(b"seconds 30")
    for number, text in ((2, "2.0"), (3, "30e-1"), (4, "0.4E+1")):
        body = f'{{"video_url": "{upload["video_url"]}", "clip_count": {text} }}'
        response = await ada.call("POST", "/api/v1/process", data=body.encode())
        assert response.status == 202, text
        job_id = (await response.json())["job_id"]
        options = await db.pool.fetchval("SELECT options FROM jobs WHERE job_id = $1", job_id)
        assert json.loads(options)["clip_count"] == number
    for text in ("2.5", "1e300", "21.0", "-1.0", "[2.0]", '{"a": 2.0}', '"2.0"'):
        body = f'{{"video_url": "{upload["video_url"]}", "clip_count": {text}}}'
        answer = await envelope(ada, 400, "POST", "/api/v1/process", data=body.encode())
        assert answer["field"] == "clip_count", text


@pytest.mark.parametrize(
    "name",
    ["a" * 900_000, r" - at `" * 100_000 + r"\n", "`" * 400_000, "unknown field `" * 50_000],
)
async def test_a_name_that_is_too_long_to_be_one_is_not_repeated(ada: Caller, name: str) -> None:
    """Nor searched: that took minutes, in which nobody else was answered."""
    for body in (f'{{"{name}": 1}}', f'{{"video_url": "x", "metadata": {{"{name}": 1}}}}'):
        answer = await envelope(ada, 400, "POST", "/api/v1/process", data=body.encode())
        assert len(json.dumps(answer)) < 500


async def test_lists_in_lists_are_not_read_where_a_number_is_wrong(
    ada: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The way of 2.0 for 2 reads a body twice, and the second time no part of it in full."""
    read: list[object] = []
    decode = msgspec.json.decode

    def watched(content: object, **options: object) -> object:
        read.append(options.get("type"))
        return decode(content, **options)  # type: ignore[call-overload]  # passed on as it came

    monkeypatch.setattr(msgspec.json, "decode", watched)
    body = '{"video_url": "x", "clip_count": 2.0, "keywords": [' + "[]," * 300_000 + "[]]}"
    answer = await envelope(ada, 400, "POST", "/api/v1/process", data=body.encode())
    assert answer["field"] == "keywords"
    assert read == [process_request.Process, dict[str, msgspec.Raw], None, process_request.Process]


async def test_bounds_that_cross_are_refused(ada: Caller) -> None:
    request = {"video_url": "https://example.com/a.mp4", "min_duration": 60, "max_duration": 30}
    body = await envelope(ada, 400, "POST", "/api/v1/process", json=request)
    assert body["field"] == "min_duration"


async def test_a_range_of_which_too_little_is_in_the_source_is_refused_at_once(
    ada: Caller,
) -> None:
    upload = await ada.upload(b"seconds 30")
    for span, reason in (((30, 60), "range_outside"), ((27, 60), "too_short")):
        request = {
            "video_url": upload["video_url"],
            "range": {"start": span[0], "end": span[1]},
        }
        body = await envelope(ada, 422, "POST", "/api/v1/process", json=request)
        assert (body["field"], body["reason"]) == ("range", reason)
        assert "30.0 s" in body["message"]


async def test_an_upload_that_is_older_than_a_smaller_plan_is_refused_at_once(
    ada: Caller, client: Client, config: Config
) -> None:
    upload = await ada.upload(b"seconds 7000")
    assert client.app is not None
    await client.app[app_keys.DATABASE].pool.execute("UPDATE accounts SET plan = 'starter'")
    request = {"video_url": upload["video_url"]}
    body = await envelope(ada, 422, "POST", "/api/v1/process", json=request)
    assert (body["field"], body["reason"]) == ("video_url", "too_long")
    assert f"{config.plans['starter'].max_source_minutes} are accepted" in body["message"]


async def test_an_upload_that_is_not_there_is_not_found(ada: Caller) -> None:
    for name in ("upload_unknown", "", "../../etc/passwd"):
        request = {"video_url": f"upload://{name}"}
        await envelope(ada, 404, "POST", "/api/v1/process", json=request)


async def test_the_same_work_twice_is_a_conflict_that_names_the_job(
    ada: Caller, engine: FakeEngine
) -> None:
    engine.hold("listen")
    job_id = await ada.submit(30)
    again = await ada.upload(b"seconds 30")  # another upload of the same bytes
    request = {"video_url": again["video_url"]}
    body = await envelope(ada, 409, "POST", "/api/v1/process", json=request)
    assert body["job_id"] == job_id
    await ada.post("/api/v1/process", request | {"quality": "fast"}, status=202)
    engine.let_go("listen")
    await ada.until(job_id)
    await ada.post("/api/v1/process", request, status=202)


async def test_the_same_work_twice_at_the_same_time_is_one_job(
    ada: Caller, engine: FakeEngine
) -> None:
    engine.hold("listen")
    upload = await ada.upload(b"seconds 30")
    request = {"video_url": upload["video_url"]}
    calls = [ada.call("POST", "/api/v1/process", json=request) for _ in range(8)]
    statuses = sorted([response.status for response in await asyncio.gather(*calls)])
    assert statuses == [202] + [409] * 7


async def test_canceling_what_has_ended_is_a_conflict(ada: Caller) -> None:
    job_id = await ada.submit(10)
    await ada.until(job_id)
    body = await envelope(ada, 409, "POST", f"/api/v1/jobs/{job_id}/cancel")
    assert "completed" in body["message"]


async def test_a_fault_of_ours_is_logged_under_the_id_that_is_told(
    ada: Caller, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    assert client.app is not None
    await client.app[app_keys.DATABASE].pool.execute("ALTER TABLE charges RENAME TO hidden")
    body = await envelope(ada, 500, "GET", "/api/v1/usage")
    assert body["request_id"] in body["message"]
    assert "charges" not in json.dumps(body)
    [record] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert body["request_id"] in record.getMessage()
    assert record.exc_info or "charges" in record.getMessage()


@pytest.mark.own_server  # loses its database
async def test_a_database_that_is_not_reached_is_a_fault_in_the_envelope(
    ada: Caller, client: Client
) -> None:
    assert client.app is not None
    pool = client.app[app_keys.DATABASE].pool
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{closed.getsockname()[1]}"
        pool.set_connect_args(f"postgresql://ada:x@{address}/x?sslmode=disable")
        await pool.expire_connections()
        body = await envelope(ada, 503, "GET", "/api/v1/usage")
        response = await ada.call("GET", "/api/v1/usage")
        health = await ada.call("GET", "/readyz")
    assert "127.0.0.1" not in body["message"]
    assert "database is away" in body["message"]
    assert int(response.headers["Retry-After"]) >= 1
    assert health.status == 503
    assert int(health.headers["Retry-After"]) >= 1
    assert health.headers["X-RateLimit-Remaining"].isdigit()


async def test_a_full_queue_says_when_to_come_back(
    serve: Serve, config: Config, engine: FakeEngine
) -> None:
    replace = msgspec.structs.replace
    config = replace(
        config,
        limits=replace(config.limits, queue_length=1),
        lanes=replace(config.lanes, jobs=1),
    )
    ada = await make_caller(await serve(config))
    engine.hold("listen")
    await ada.until(await ada.submit(10), lambda job: job["status"] == "processing")
    await ada.submit(20)
    upload = await ada.upload(b"seconds 30")
    response = await ada.call("POST", "/api/v1/process", json={"video_url": upload["video_url"]})
    assert (response.status, (await response.json())["error"]) == (429, "rate_limited")
    assert response.headers["Retry-After"] == str(config.limits.queue_retry_s)


async def test_a_queue_that_one_account_fills_has_room_for_the_others(
    serve: Serve, config: Config, engine: FakeEngine
) -> None:
    replace = msgspec.structs.replace
    config = replace(
        config,
        limits=replace(config.limits, queue_length=4),
        lanes=replace(config.lanes, jobs=1),
    )
    client = await serve(config)
    ada, bob = await make_caller(client), await make_caller(client, account="bob")
    engine.hold("listen")
    await ada.until(await ada.submit(10), lambda job: job["status"] == "processing")
    for n in range(4):
        await ada.submit(20 + n)
    for n in range(2):
        await bob.submit(20 + n)
    for caller in (ada, bob):  # each has its half, or more
        upload = await caller.upload(b"seconds 30")
        body = {"video_url": upload["video_url"]}
        assert (await caller.call("POST", "/api/v1/process", json=body)).status == 429


async def test_no_log_line_has_a_key_or_a_signature(
    ada: Caller, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    job = await ada.until(await ada.submit(10))
    url = job["clips"][0]["download_url"]
    await ada.client.get(url[url.index("/files/") :])
    await ada.post("/api/v1/process", {"video_url": "https://u:hunter2@example.com/"}, 400)
    text = caplog.text
    assert "/files/" in text
    assert ada.key not in text
    assert url.partition("signature=")[2] not in text
    assert "hunter2" not in text
