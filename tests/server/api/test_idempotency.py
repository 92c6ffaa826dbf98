"""A POST with an Idempotency-Key is done once, however often it comes, or at the same moment."""

import asyncio
from typing import Any

import asyncpg
import pytest
from aiohttp import ClientResponse, web
from caller import Caller, Client, Serve, Sweep, make_caller
from fake_engine import FakeEngine
from multidict import CIMultiDict
from server_settings import changed

from klipfast_server.api import idempotency, operations
from klipfast_server.app import ROUTES
from klipfast_server.core.config import Config
from klipfast_server.store.database import Database

PROCESS = "/api/v1/process"


async def send(caller: Caller, key: str, body: Any, path: str = PROCESS) -> ClientResponse:
    """A POST with that key."""
    return await caller.call("POST", path, json=body, headers={"Idempotency-Key": key})


async def video(caller: Caller, seconds: float = 20.0) -> dict[str, str]:
    """A body for /process."""
    return {"video_url": (await caller.upload(f"seconds {seconds}".encode()))["video_url"]}


async def job_ids(caller: Caller) -> list[str]:
    """All jobs of the account."""
    return [line["job_id"] for line in (await caller.get("/api/v1/jobs"))["jobs"]]


async def test_the_same_request_is_answered_byte_for_byte_and_done_once(ada: Caller) -> None:
    body = await video(ada)
    first = await send(ada, "order 7", body)
    job_id = (await first.json())["job_id"]
    await ada.until(job_id)  # a job that has ended no longer guards against its double
    second = await send(ada, "order 7", body)
    assert (first.status, second.status) == (202, 202)
    assert await second.read() == await first.read()
    assert second.content_type == "application/json"
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.headers["X-Request-Id"] != first.headers["X-Request-Id"]
    assert await job_ids(ada) == [job_id]


async def test_a_cancel_that_is_sent_again_is_no_conflict(ada: Caller, engine: FakeEngine) -> None:
    engine.hold("listen")
    path = f"/api/v1/jobs/{await ada.submit(20)}/cancel"
    first = await send(ada, "stop", {}, path)
    second = await send(ada, "stop", {}, path)
    assert (first.status, second.status) == (200, 200)
    assert await first.read() == await second.read()
    assert (await send(ada, "stop 2", {}, path)).status == 409


async def test_a_key_belongs_to_one_request_of_one_account(ada: Caller, client: Client) -> None:
    body = await video(ada)
    first = await (await send(ada, "k", body)).json()
    cancel = f"/api/v1/jobs/{first['job_id']}/cancel"
    for other_body, path in (
        (body | {"quality": "fast"}, PROCESS),
        (body, f"{PROCESS}?a=1"),
        (body, cancel),
    ):
        response = await send(ada, "k", other_body, path)
        answer = await response.json()
        assert (response.status, answer["error"]) == (409, "conflict")
        assert answer["field"] == "Idempotency-Key"
        assert answer["request_id"] == response.headers["X-Request-Id"]
    bob = await make_caller(client, account="bob")
    others = await send(bob, "k", await video(bob))
    assert (others.status, "Idempotent-Replayed" in others.headers) == (202, False)
    assert len(await job_ids(ada)) == len(await job_ids(bob)) == 1


async def test_many_at_once_make_one_job(ada: Caller) -> None:
    body = await video(ada)
    responses = await asyncio.gather(*(send(ada, "race", body) for _ in range(12)))
    accepted = {await response.read() for response in responses if response.status == 202}
    assert {response.status for response in responses} <= {202, 409}
    [job_id] = await job_ids(ada)
    await ada.until(job_id)
    again = await send(ada, "race", body)
    assert accepted == {await again.read()}
    assert again.headers["Idempotent-Replayed"] == "true"
    assert await job_ids(ada) == [job_id]


async def lease_past(db: Database) -> None:
    """Wait until the lease that the only key has now would have run out."""
    async with asyncio.timeout(60):
        while (until := await db.pool.fetchval("SELECT lease_until FROM idempotency_keys")) is None:  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(0.02)
        while not await db.pool.fetchval("SELECT now() > $1::timestamptz", until):  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(0.05)


@pytest.mark.slow  # waits for a lease
async def test_a_slow_request_keeps_its_key_beyond_the_lease(
    ada: Caller, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "LEASE_S", 0.6)
    body = await video(ada)
    async with db.pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT 1 FROM accounts FOR UPDATE")  # submissions wait for it
        first = asyncio.create_task(send(ada, "slow", body))
        for _ in range(3):
            await lease_past(db)
            async with asyncio.timeout(60):  # it would wait for us, were it let in
                second = await send(ada, "slow", body)
            answer = await second.json()
            assert (second.status, answer["error"]) == (409, "conflict")
            assert "in progress" in answer["message"]
            assert second.headers["Retry-After"] == "1"
    assert (await first).status == 202
    assert (await send(ada, "slow", body)).headers["Idempotent-Replayed"] == "true"


async def test_a_request_that_was_killed_frees_its_key_when_the_lease_ends(
    ada: Caller, db: Database
) -> None:
    body = await video(ada)
    job_id = (await (await send(ada, "killed", body)).json())["job_id"]
    await ada.until(job_id)
    await db.pool.execute("DELETE FROM jobs")  # as if it had died before it did anything
    await db.pool.execute(
        "UPDATE idempotency_keys SET status = NULL, body = NULL,"
        " lease_until = now() + interval '1 minute'"
    )
    assert (await send(ada, "killed", body)).status == 409
    await db.pool.execute("UPDATE idempotency_keys SET lease_until = now()")
    assert (await send(ada, "killed", body | {"quality": "fast"})).status == 409
    again = await send(ada, "killed", body)
    assert (again.status, "Idempotent-Replayed" in again.headers) == (202, False)


async def test_a_refusal_is_repeated_as_well(ada: Caller) -> None:
    first = await send(ada, "bad", {"video_url": "https://example.org/a.mp4", "quality": "huge"})
    second = await send(ada, "bad", {"video_url": "https://example.org/a.mp4", "quality": "huge"})
    assert (first.status, second.status) == (400, 400)
    assert (await first.json())["field"] == "quality"
    assert await first.read() == await second.read()
    assert second.headers["Idempotent-Replayed"] == "true"


async def test_a_full_queue_is_not_the_last_word(
    serve: Serve, config: Config, engine: FakeEngine
) -> None:
    short = changed(config, "limits", queue_length=1)
    ada = await make_caller(await serve(short), plan="starter")
    engine.hold("listen")
    running = await ada.submit(20)
    await ada.until(running, lambda job: job["status"] == "processing")
    await ada.submit(30)  # the plan allows one at once: it waits
    body = await video(ada, 40)
    assert (await send(ada, "later", body)).status == 429
    engine.let_go("listen")
    for job_id in await job_ids(ada):
        await ada.until(job_id)
    assert (await send(ada, "later", body)).status == 202


async def test_a_fault_of_ours_is_not_the_last_word(
    ada: Caller, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = await video(ada)
    with monkeypatch.context() as patch:
        patch.setattr(engine, "caption_styles", None)
        assert (await send(ada, "again", body)).status == 500
    assert (await send(ada, "again", body)).status == 202


async def test_a_key_that_is_none_is_refused(ada: Caller, client: Client) -> None:
    body = await video(ada)
    for wrong in ("", "k" * 256, "ключ", "a\tb", "é"):
        response = await send(ada, wrong, body)
        answer = await response.json()
        assert (response.status, answer["error"]) == (400, "bad_request")
        assert answer["field"] == "Idempotency-Key"
    twice = CIMultiDict([("Authorization", f"Bearer {ada.key}")])
    twice.extend([("Idempotency-Key", "a"), ("Idempotency-Key", "b")])
    assert (await client.post(PROCESS, json=body, headers=twice)).status == 400
    assert await job_ids(ada) == []
    assert (await send(ada, "k" * 255, body)).status == 202


async def test_after_a_day_a_key_is_new_again_and_its_row_is_swept(
    ada: Caller, db: Database, sweep: Sweep
) -> None:
    body = await video(ada)
    assert (await send(ada, "daily", body)).status == 202
    left = await db.pool.fetchval("SELECT expires_at - now() FROM idempotency_keys")
    assert 86_300 < left.total_seconds() <= 86_400
    await db.pool.execute("UPDATE idempotency_keys SET expires_at = now()")
    other = await send(ada, "daily", body | {"clip_count": 1})
    assert (other.status, "Idempotent-Replayed" in other.headers) == (202, False)
    await send(ada, "kept", body | {"clip_count": 2})
    await db.pool.execute("UPDATE idempotency_keys SET expires_at = now() WHERE key = 'daily'")
    await sweep()
    rows: list[asyncpg.Record] = await db.pool.fetch("SELECT key FROM idempotency_keys")
    assert [row["key"] for row in rows] == ["kept"]


async def test_where_nothing_is_done_twice_the_header_means_nothing(
    ada: Caller, client: Client, db: Database
) -> None:
    headers = {"Idempotency-Key": "k"}
    assert (await ada.call("GET", "/api/v1/usage", headers=headers)).status == 200
    for content in (b"seconds 20", b"seconds 30"):
        uploaded = await ada.call("POST", "/api/v1/uploads", data=content, headers=headers)
        assert uploaded.status == 201
    assert (await ada.call("POST", "/api/v1/nothing", headers=headers)).status == 404
    assert (await client.post(PROCESS, json={}, headers=headers)).status == 401
    assert await db.pool.fetchval("SELECT count(*) FROM idempotency_keys") == 0


def test_every_post_takes_a_key_but_those_that_the_guide_names() -> None:
    without = {
        route.path
        for module in ROUTES
        for route in module.routes
        if isinstance(route, web.RouteDef)
        and route.method == "POST"
        and (operation := operations.of(route.handler)) is not None
        and not operation.idempotent
    }
    assert without == {
        "/api/v1/uploads",
        "/api/v1/resumable-uploads",
        "/api/v1/clips/{clip_id}/preview",
        "/api/v1/clips/{clip_id}/preview/stream",
        "/api/v1/sign-in",
        "/api/v1/sessions",
    }


async def test_an_api_key_is_made_once_and_its_secret_is_not_stored(
    ada: Caller, db: Database
) -> None:
    first = await send(ada, "a key", {"name": "dashboard"}, "/api/v1/keys")
    made = await first.json()
    again = await send(ada, "a key", {"name": "dashboard"}, "/api/v1/keys")
    refused = await again.json()
    assert (first.status, again.status, refused["field"]) == (201, 409, "Idempotency-Key")
    assert made["key_id"] in refused["message"]
    assert "Idempotent-Replayed" in again.headers
    assert len((await ada.get("/api/v1/keys"))["keys"]) == 2
    stored = await db.pool.fetch("SELECT body FROM idempotency_keys")
    assert [made["key"].encode() in row["body"] for row in stored] == [False]


async def test_an_upload_token_is_made_once(ada: Caller) -> None:
    tokens = [
        await (await send(ada, "a page", {"max_bytes": 100}, "/api/v1/upload-tokens")).json()
        for _ in range(2)
    ]
    assert tokens[0] == tokens[1]
