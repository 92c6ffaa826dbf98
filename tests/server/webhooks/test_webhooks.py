"""Webhooks: signed, in order, retried until they arrive, told of nothing that did not happen."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from caller import Caller, Client, make_caller
from fake_engine import FakeEngine
from pulses import looks
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from klipfast_server.api import app_keys
from klipfast_server.client.api_client import verify_webhook
from klipfast_server.core.config import Config, Schedule
from klipfast_server.store.database import Database
from klipfast_server.telemetry.liveness import Liveness
from klipfast_server.webhooks import delivery
from klipfast_server.work import retention
from pipeline.core.errors import Corrupt, NoSpeech

Serve = Callable[[Config], Awaitable[Client]]
Server = Callable[[web.Application], Awaitable[TestServer]]


class Receiver:
    """A real HTTP server that keeps what it gets and answers as it is told."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.statuses: list[int] = []  # of the next answers; then 200
        self.hold: asyncio.Event | None = None
        self.server: TestServer

    def url(self, path: str = "/hook") -> str:
        return str(self.server.make_url(path))

    async def answer(self, request: web.Request) -> web.Response:
        self.got.append((dict(request.headers), await request.read()))
        if self.hold is not None:
            await self.hold.wait()
        status = self.statuses.pop(0) if self.statuses else 200
        moved = {"Location": self.url("/elsewhere")} if 300 <= status < 400 else None
        return web.Response(status=status, headers=moved, text="x" * 100_000)

    async def until(self, count: int, patience_s: float = 10.0) -> list[dict[str, Any]]:
        """The bodies, once there are so many."""
        async with asyncio.timeout(patience_s):
            while len(self.got) < count:  # noqa: ASYNC110 (the other side of a socket)
                await asyncio.sleep(0.01)
        return [json.loads(body) for _, body in self.got]


@pytest.fixture
async def receiver(aiohttp_server: Server) -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", receiver.answer)
    receiver.server = await aiohttp_server(app)
    yield receiver
    if receiver.hold is not None:
        receiver.hold.set()


@pytest.fixture
def config(config: Config) -> Config:
    """Receivers on this machine may be told, and retries come soon."""
    return msgspec.structs.replace(
        config,
        sources=msgspec.structs.replace(config.sources, allow_private=True),
        webhooks=msgspec.structs.replace(
            config.webhooks, retries_s=Schedule((0.05, 0.1)), timeout_s=2.0
        ),
    )


async def hook(ada: Caller, receiver: Receiver, **options: Any) -> dict[str, Any]:
    body = {"url": receiver.url(), **options}
    made: dict[str, Any] = await ada.post("/api/v1/webhooks", body, status=201)
    return made


async def log_of(ada: Caller, made: dict[str, Any]) -> list[dict[str, Any]]:
    path = f"/api/v1/webhooks/{made['webhook_id']}/deliveries"
    deliveries: list[dict[str, Any]] = (await ada.get(path))["deliveries"]
    return deliveries


async def settled(ada: Caller, path: str, count: int) -> list[dict[str, Any]]:
    """The log, once nothing is pending in it."""
    async with asyncio.timeout(10):
        while True:
            found: list[dict[str, Any]] = (await ada.get(path))["deliveries"]
            if len(found) == count and all(one["status"] != "pending" for one in found):
                return found
            await asyncio.sleep(0.02)


async def test_a_job_tells_of_each_clip_and_then_of_its_end_as_the_api_would(
    ada: Caller, receiver: Receiver
) -> None:
    await hook(ada, receiver)
    job_id = await ada.submit(30)
    told = await receiver.until(4)
    assert [message["type"] for message in told] == ["clip.ready"] * 3 + ["job.completed"]
    job = await ada.get(f"/api/v1/jobs/{job_id}")
    assert list(told[3]) == ["type", "timestamp", "data"]
    assert told[3]["data"] == job
    clips = sorted((message["data"] for message in told[:3]), key=lambda c: c["start_seconds"])
    assert clips == [{**clip, "job_id": job_id} for clip in job["clips"]]
    link = told[0]["data"]["download_url"]
    assert (await ada.client.session.get(link)).status == 200


async def test_a_message_is_accepted_by_the_standard_library_and_a_changed_one_is_not(
    ada: Caller, receiver: Receiver
) -> None:
    made = await hook(ada, receiver, events=["job.completed"])
    kind, _, secret = made["secret"].partition("_")
    assert kind == "whsec"
    assert 24 <= len(base64.b64decode(secret, validate=True)) <= 64
    await ada.submit(10)
    await receiver.until(1)
    [(headers, body)] = receiver.got
    assert headers["Content-Type"] == "application/json"
    verifier = Webhook(made["secret"])
    assert verifier.verify(body, headers)["type"] == "job.completed"
    event = verify_webhook(body, headers, made["secret"])
    assert (event.type, event.data["status"]) == ("job.completed", "completed")

    other = "whsec_" + base64.b64encode(b"another secret of 24 bytes").decode()
    changed = body.replace(b"completed", b"c0mpleted")
    late = {**headers, "webhook-timestamp": str(int(headers["webhook-timestamp"]) - 301)}
    for content, named, key in (
        (changed, headers, made["secret"]),
        (body, {**headers, "webhook-id": "dlv_other"}, made["secret"]),
        (body, late, made["secret"]),
        (body, headers, other),
    ):
        with pytest.raises(WebhookVerificationError):
            Webhook(key).verify(content, named)
        with pytest.raises(ValueError, match=r"signed|seconds old"):
            verify_webhook(content, named, key)
    with pytest.raises(ValueError, match="no header webhook-id"):
        verify_webhook(body, {}, made["secret"])
    for timestamp in ("soon", "9" * 400, "9" * 5000):
        with pytest.raises(ValueError, match="not a number of seconds"):
            verify_webhook(body, {**headers, "webhook-timestamp": timestamp}, made["secret"])


async def test_the_secret_is_shown_once(ada: Caller, receiver: Receiver) -> None:
    made = await hook(ada, receiver, events=["job.failed", "clip.ready"])
    listed = await ada.get("/api/v1/webhooks")
    secret = made.pop("secret")
    assert listed == {"webhooks": [made]}
    assert made["events"] == ["clip.ready", "job.failed"]
    assert secret not in json.dumps(listed)


async def test_a_failed_job_tells_its_reason(
    ada: Caller, receiver: Receiver, engine: FakeEngine
) -> None:
    await hook(ada, receiver)
    engine.errors["listen"] = NoSpeech("Nobody talks in this video.")
    job_id = await ada.submit(30)
    [told] = await receiver.until(1)
    assert told["type"] == "job.failed"
    assert told["data"] == await ada.get(f"/api/v1/jobs/{job_id}")
    error = told["data"]["error"]
    assert (error["message"], error["reason"]) == ("Nobody talks in this video.", "no_speech")


async def test_a_job_that_used_up_its_attempts_tells_so(
    ada: Caller, receiver: Receiver, engine: FakeEngine, db: Database, config: Config
) -> None:
    await hook(ada, receiver, events=["job.failed"])
    engine.hold("listen")
    job_id = await ada.submit(30)
    await ada.until(job_id, lambda job: job["status"] == "processing")
    await db.pool.execute(
        "UPDATE jobs SET attempts = $2, lease_owner = 'lease_gone', "
        "lease_until = now() - interval '1 second' WHERE job_id = $1",
        job_id,
        config.lanes.attempts,
    )
    [told] = await receiver.until(1)
    assert (told["data"]["job_id"], told["data"]["status"]) == (job_id, "failed")


async def test_a_canceled_job_tells_nothing(
    ada: Caller, receiver: Receiver, engine: FakeEngine, db: Database
) -> None:
    await hook(ada, receiver)
    engine.hold("listen")
    job_id = await ada.submit(30)
    await ada.until(job_id, lambda job: job["status"] == "processing")
    await ada.post(f"/api/v1/jobs/{job_id}/cancel")
    engine.let_go("listen")
    await ada.until(await ada.submit(10))
    told = await receiver.until(2)
    assert {message["data"]["job_id"] for message in told}.isdisjoint({job_id})
    assert await db.pool.fetchval("SELECT count(*) FROM deliveries WHERE job_id = $1", job_id) == 0


async def test_who_asks_for_it_is_told_of_starts_cancels_and_lost_clips(
    ada: Caller, receiver: Receiver, engine: FakeEngine
) -> None:
    await hook(ada, receiver, events=["job.started", "job.canceled", "clip.failed"])
    engine.errors["clip 1"] = Corrupt("The picture is damaged there.")
    job = await ada.until(await ada.submit(30))
    assert [w["code"] for w in job["warnings"]] == ["clips_lost"]
    assert (len(job["clips"]), job["clip_total"]) == (2, 3)
    told = await receiver.until(2)
    assert [message["type"] for message in told] == ["job.started", "clip.failed"]
    assert told[0]["data"]["status"] == "processing"
    lost = told[1]["data"]
    assert (lost["job_id"], lost["title"]) == (job["job_id"], "The best moment 1")
    assert lost["error"]["reason"] == "corrupt"
    engine.hold("listen")
    job_id = await ada.submit(20)
    await ada.until(job_id, lambda job: job["status"] == "processing")
    await ada.post(f"/api/v1/jobs/{job_id}/cancel")
    engine.let_go("listen")
    told = await receiver.until(4)
    assert [message["type"] for message in told[2:]] == ["job.started", "job.canceled"]
    assert told[3]["data"] == await ada.get(f"/api/v1/jobs/{job_id}")


async def test_a_ping_tries_a_webhook(ada: Caller, receiver: Receiver, client: Client) -> None:
    made = await hook(ada, receiver, events=["job.failed"])
    path = f"/api/v1/webhooks/{made['webhook_id']}"
    sent = await ada.post(f"{path}/ping", None, 202)
    assert (sent["event"], sent["job_id"]) == ("ping", None)
    [told] = await receiver.until(1)
    assert told["data"] == {"webhook_id": made["webhook_id"]}
    [(headers, body)] = receiver.got
    Webhook(made["secret"]).verify(body, headers)
    [line] = await settled(ada, f"{path}/deliveries", 1)
    assert (line["delivery_id"], line["status"]) == (sent["delivery_id"], "delivered")
    bob = await make_caller(client, account="bob")
    await bob.post(f"{path}/ping", None, 404)


@pytest.fixture
def delivering(client: Client) -> Liveness:
    """The pulse of the loop that looks into the outbox."""
    assert client.app is not None
    return client.app[app_keys.DELIVERING]


async def test_a_message_is_sent_again_until_it_is_taken_and_then_no_more(
    ada: Caller, receiver: Receiver, delivering: Liveness
) -> None:
    made = await hook(ada, receiver, events=["job.completed"])
    receiver.statuses = [500, 429, 302, 204]
    job_id = await ada.submit(10)
    await receiver.until(4)
    path = f"/api/v1/webhooks/{made['webhook_id']}/deliveries"
    [line] = await settled(ada, path, 1)
    assert line["status"] == "delivered"
    assert (line["attempts"], line["response_status"], line["error"]) == (4, 204, None)
    assert (line["event"], line["job_id"], line["next_attempt_at"]) == (
        "job.completed",
        job_id,
        None,
    )
    assert {headers["webhook-id"] for headers, _ in receiver.got} == {line["delivery_id"]}
    assert len({body for _, body in receiver.got}) == 1
    await looks(delivering)
    assert len(receiver.got) == 4


async def test_a_redirect_is_not_followed(ada: Caller, receiver: Receiver, db: Database) -> None:
    made = await hook(ada, receiver, events=["job.completed"])
    receiver.statuses = [307] * 100
    await ada.submit(10)
    await receiver.until(2)
    await db.pool.execute("UPDATE deliveries SET give_up_at = now()")
    [line] = await settled(ada, f"/api/v1/webhooks/{made['webhook_id']}/deliveries", 1)
    assert (line["status"], line["response_status"]) == ("failed", 307)
    assert line["error"] == "The receiver answered 307. Redirects are not followed."


async def test_a_receiver_that_is_gone_is_told_nothing_more(
    ada: Caller, receiver: Receiver
) -> None:
    made = await hook(ada, receiver)
    receiver.statuses, receiver.hold = [410], asyncio.Event()
    await ada.until(await ada.submit(20))
    receiver.hold.set()
    lines = await settled(ada, f"/api/v1/webhooks/{made['webhook_id']}/deliveries", 3)
    assert {line["status"] for line in lines} == {"failed"}
    assert all("410" in line["error"] for line in lines)
    assert len(receiver.got) == 1
    assert (await ada.get("/api/v1/webhooks"))["webhooks"][0]["disabled_at"] is not None
    path = f"/api/v1/webhooks/{made['webhook_id']}/deliveries/{lines[0]['delivery_id']}/replay"
    await ada.post(path, status=409)
    await ada.until(await ada.submit(10))
    assert len(await log_of(ada, made)) == 3


async def test_private_addresses_are_refused_when_named_and_when_called(
    serve: Serve, config: Config, receiver: Receiver
) -> None:
    sources = msgspec.structs.replace(config.sources, allow_private=False)
    client = await serve(msgspec.structs.replace(config, sources=sources))
    ada = await make_caller(client)
    for url in (
        "http://127.0.0.1/",
        "http://0x7f.1/",
        "http://localhost/",
        "ftp://a.example/",
        "http://u:p@a.example/",
        "http://[::1]/",
        "not a url",
    ):
        body = await ada.post("/api/v1/webhooks", {"url": url}, status=400)
        assert body["field"] == "url", url
    # A name is only looked up when it is called: as if it led to this machine.
    made = await ada.post("/api/v1/webhooks", {"url": "http://hook.example/"}, status=201)
    assert client.app is not None
    await client.app[app_keys.DATABASE].pool.execute("UPDATE webhooks SET url = $1", receiver.url())
    await ada.submit(10)
    path = f"/api/v1/webhooks/{made['webhook_id']}/deliveries"
    async with asyncio.timeout(10):
        while not (found := (await ada.get(path))["deliveries"]) or not found[-1]["error"]:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assert "127.0.0.1" in found[-1]["error"]
    assert "not a public address" in found[-1]["error"]
    assert receiver.got == []


async def test_what_is_asked_for_is_checked(ada: Caller, receiver: Receiver) -> None:
    for body, field in (
        ({}, "url"),
        ({"url": receiver.url(), "events": []}, "events"),
        ({"url": receiver.url(), "events": ["job.begun"]}, "events"),
        ({"url": receiver.url(), "secret": "mine"}, "secret"),
    ):
        answer = await ada.post("/api/v1/webhooks", body, status=400)
        assert answer["field"] == field
    assert (
        "Known: job.started, job.completed"
        in (await ada.post("/api/v1/webhooks", {"url": "http://a.b", "events": ["x"]}, 400))[
            "message"
        ]
    )
    for _ in range(10):
        await hook(ada, receiver)
    answer = await ada.post("/api/v1/webhooks", {"url": receiver.url()}, status=409)
    assert "10 webhooks" in answer["message"]


async def test_a_delivery_can_be_replayed_with_the_same_id_and_body(
    ada: Caller, receiver: Receiver
) -> None:
    made = await hook(ada, receiver, events=["job.completed"])
    await ada.submit(10)
    await receiver.until(1)
    path = f"/api/v1/webhooks/{made['webhook_id']}/deliveries"
    [line] = await settled(ada, path, 1)
    replayed = await ada.post(f"{path}/{line['delivery_id']}/replay", status=202)
    assert replayed["status"] == "pending"
    await receiver.until(2)
    (first, body), (second, again) = receiver.got
    assert body == again
    assert first["webhook-id"] == second["webhook-id"]
    [line] = await settled(ada, path, 1)
    assert (line["status"], line["attempts"]) == ("delivered", 1)
    await ada.post(f"{path}/dlv_none/replay", status=404)


async def test_the_log_comes_in_pages_newest_first(ada: Caller, receiver: Receiver) -> None:
    made = await hook(ada, receiver)
    await ada.submit(30)
    path = f"/api/v1/webhooks/{made['webhook_id']}/deliveries"
    lines = await settled(ada, path, 4)
    assert [line["event"] for line in lines] == ["job.completed"] + ["clip.ready"] * 3
    page = await ada.get(f"{path}?limit=3")
    rest = await ada.get(f"{path}?limit=3&cursor={page['next_cursor']}")
    assert (page["has_more"], rest["has_more"], rest["next_cursor"]) == (True, False, None)
    assert page["deliveries"] + rest["deliveries"] == lines
    await ada.get(f"{path}?cursor=mine", status=400)
    await ada.get(f"{path}?cursor={page['next_cursor']}=", status=400)
    await ada.get(f"{path}?limit=0", status=400)


async def test_a_cursor_of_one_list_is_none_of_another(ada: Caller, receiver: Receiver) -> None:
    paths = ["/api/v1/jobs"]
    for _ in range(2):
        made = await hook(ada, receiver)
        paths.append(f"/api/v1/webhooks/{made['webhook_id']}/deliveries")
    for count in (1, 2):
        job_id = await ada.submit(20, clip_count=count, webhook_url=receiver.url())
        await ada.until(job_id)
    paths.append(f"/api/v1/jobs/{job_id}/deliveries")
    cursors = [(await ada.get(f"{path}?limit=1"))["next_cursor"] for path in paths]
    for path in paths:
        for theirs, cursor in zip(paths, cursors, strict=True):
            if theirs == path:
                await ada.get(f"{path}?cursor={cursor}")
            else:
                body = await ada.get(f"{path}?cursor={cursor}", status=400)
                assert body["field"] == "cursor"


async def test_a_deleted_webhook_is_told_nothing_more(ada: Caller, receiver: Receiver) -> None:
    made = await hook(ada, receiver)
    response = await ada.call("DELETE", f"/api/v1/webhooks/{made['webhook_id']}")
    assert (response.status, await response.read()) == (204, b"")
    await ada.until(await ada.submit(10))
    assert receiver.got == []
    await ada.get(f"/api/v1/webhooks/{made['webhook_id']}/deliveries", status=404)


async def test_a_deleted_job_takes_along_what_was_still_to_be_told(
    ada: Caller, receiver: Receiver, db: Database
) -> None:
    await hook(ada, receiver, events=["job.completed"])
    receiver.statuses = [500] * 1000
    job_id = await ada.submit(10)
    await receiver.until(1)
    assert (await ada.call("DELETE", f"/api/v1/jobs/{job_id}")).status == 204
    assert await db.pool.fetchval("SELECT count(*) FROM deliveries") == 0


async def test_a_job_tells_its_own_webhook_signed_with_the_accounts_secret(
    ada: Caller, receiver: Receiver
) -> None:
    job_id = await ada.submit(10, webhook_url=receiver.url())
    told = await receiver.until(2)
    assert [message["type"] for message in told] == ["clip.ready", "job.completed"]
    secret = (await ada.get("/api/v1/webhook-secret"))["secret"]
    for headers, body in receiver.got:
        Webhook(secret).verify(body, headers)
    path = f"/api/v1/jobs/{job_id}/deliveries"
    lines = await settled(ada, path, 2)
    await ada.post(f"{path}/{lines[0]['delivery_id']}/replay", status=202)
    assert (await receiver.until(3))[2] == told[1]


async def test_a_clip_made_again_is_told_of_like_any_job(ada: Caller, receiver: Receiver) -> None:
    job = await ada.until(await ada.submit(10))
    path = f"/api/v1/clips/{job['clips'][0]['clip_id']}/renders"
    answer = await ada.post(path, {"title": "Anew", "webhook_url": receiver.url()}, 202)
    told = await receiver.until(2)
    assert [message["type"] for message in told] == ["clip.ready", "job.completed"]
    assert told[0]["data"]["clip_id"] == answer["clip_id"]
    assert told[1]["data"] == await ada.get(f"/api/v1/jobs/{answer['job_id']}")


async def test_a_rotated_secret_signs_along_with_the_new_one(
    ada: Caller, receiver: Receiver, db: Database
) -> None:
    old = (await ada.get("/api/v1/webhook-secret"))["secret"]
    assert (await ada.get("/api/v1/webhook-secret"))["secret"] == old
    new = (await ada.post("/api/v1/webhook-secret/rotate"))["secret"]
    assert (await ada.get("/api/v1/webhook-secret"))["secret"] == new != old
    job_id = await ada.submit(10, webhook_url=receiver.url())
    await receiver.until(2)
    for secret in (old, new):
        for headers, body in receiver.got:
            Webhook(secret).verify(body, headers)
            verify_webhook(body, headers, secret)
    await db.pool.execute("UPDATE job_webhook_secrets SET previous_until = now()")
    path = f"/api/v1/jobs/{job_id}/deliveries"
    lines = await settled(ada, path, 2)
    await ada.post(f"{path}/{lines[0]['delivery_id']}/replay", status=202)
    await receiver.until(3)
    headers, body = receiver.got[2]
    verify_webhook(body, headers, new)
    with pytest.raises(ValueError, match="not signed"):
        verify_webhook(body, headers, old)


async def test_what_another_account_has_is_not_there(
    client: Client, ada: Caller, receiver: Receiver
) -> None:
    made = await hook(ada, receiver)
    job_id = await ada.submit(10)
    path = f"/api/v1/webhooks/{made['webhook_id']}"
    [*_, line] = await settled(ada, f"{path}/deliveries", 2)
    bob = await make_caller(client, account="bob")
    assert await bob.get("/api/v1/webhooks") == {"webhooks": []}
    assert (await bob.call("DELETE", path)).status == 404
    for prefix in (path, f"/api/v1/jobs/{job_id}"):
        await bob.get(f"{prefix}/deliveries", status=404)
        await bob.post(f"{prefix}/deliveries/{line['delivery_id']}/replay", status=404)
    # Nor is a webhook's delivery the job's, or one path the other's.
    await ada.post(f"/api/v1/jobs/{job_id}/deliveries/{line['delivery_id']}/replay", status=404)
    await ada.get(f"/api/v1/jobs/{made['webhook_id']}/deliveries", status=404)
    await ada.get(f"/api/v1/webhooks/{job_id}/deliveries", status=404)
    secrets = [(await one.get("/api/v1/webhook-secret"))["secret"] for one in (ada, bob)]
    assert secrets[0] != secrets[1]


async def test_what_a_stopped_server_had_not_sent_is_sent_by_the_next(
    serve: Serve, config: Config, receiver: Receiver
) -> None:
    server = msgspec.structs.replace(config.server, shutdown_grace_s=0.2)
    client = await serve(msgspec.structs.replace(config, server=server))
    ada = await make_caller(client)
    made = await hook(ada, receiver, events=["job.completed"])
    receiver.hold = asyncio.Event()
    await ada.until(await ada.submit(10))
    await receiver.until(1)
    await client.close()  # in the middle of the attempt
    receiver.hold.set()
    ada = Caller(client=await serve(config), key=ada.key)
    await receiver.until(2)
    assert receiver.got[0][1] == receiver.got[1][1]
    [line] = await settled(ada, f"/api/v1/webhooks/{made['webhook_id']}/deliveries", 1)
    assert (line["status"], line["attempts"]) == ("delivered", 1)


async def test_an_attempt_of_a_killed_server_is_made_again_when_its_lease_runs_out(
    ada: Caller,
    receiver: Receiver,
    db: Database,
    delivering: Liveness,
) -> None:
    made = await hook(ada, receiver, events=["job.completed"])
    await ada.submit(10)
    await receiver.until(1)
    path = f"/api/v1/webhooks/{made['webhook_id']}/deliveries"
    await settled(ada, path, 1)
    await db.pool.execute(
        "UPDATE deliveries SET status = 'pending', next_attempt_at = now(), "
        "lease_owner = 'lease_gone', lease_until = now() + interval '1 hour'"
    )
    await looks(delivering)
    assert len(receiver.got) == 1
    await db.pool.execute("UPDATE deliveries SET lease_until = now() - interval '1 second'")
    await receiver.until(2)
    [line] = await settled(ada, path, 1)
    assert (line["status"], line["attempts"]) == ("delivered", 2)


async def test_a_slow_receiver_holds_up_neither_others_nor_other_accounts(
    serve: Serve, config: Config, receiver: Receiver, aiohttp_server: Server
) -> None:
    webhooks = msgspec.structs.replace(
        config.webhooks, at_once=3, at_once_per_account=2, timeout_s=30.0
    )
    client = await serve(msgspec.structs.replace(config, webhooks=webhooks))
    ada, bob = [await make_caller(client, account=name, plan="business") for name in ("ada", "bob")]
    slow = Receiver()
    slow.hold = asyncio.Event()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", slow.answer)
    slow.server = await aiohttp_server(app)
    await hook(ada, slow)
    await hook(ada, receiver)
    for _ in range(4):
        await hook(ada, slow, events=["job.completed"])
    await ada.until(await ada.submit(10))
    # The slow one is told one thing at a time; the quick one meanwhile all it is to be told.
    assert len(await receiver.until(2)) == 2
    await bob.post("/api/v1/webhooks", {"url": receiver.url()}, status=201)
    await bob.submit(10)
    await receiver.until(4)
    assert 1 <= len(slow.got) <= 2
    slow.hold.set()
    await slow.until(6)


async def test_one_who_does_not_answer_or_is_not_there_is_told_apart_in_the_log(
    ada: Caller, receiver: Receiver, unused_tcp_port: int
) -> None:
    receiver.hold = asyncio.Event()
    silent = await hook(ada, receiver, events=["job.completed"])
    absent = await ada.post(
        "/api/v1/webhooks",
        {"url": f"http://127.0.0.1:{unused_tcp_port}/", "events": ["job.completed"]},
        status=201,
    )
    await ada.submit(10)
    errors = {}
    async with asyncio.timeout(10):
        for made in (silent, absent):
            while not (found := await log_of(ada, made)) or found[0]["error"] is None:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
            errors[made["webhook_id"]] = found[0]["error"]
    assert errors == {
        silent["webhook_id"]: "The receiver did not answer within 2 seconds.",
        absent["webhook_id"]: "The receiver cannot be reached.",
    }


async def test_the_log_is_kept_for_a_while(
    client: Client, ada: Caller, receiver: Receiver, db: Database, config: Config
) -> None:
    made = await hook(ada, receiver, events=["job.completed"])
    await ada.submit(10)
    await settled(ada, f"/api/v1/webhooks/{made['webhook_id']}/deliveries", 1)
    assert client.app is not None
    for age, kept in ((config.webhooks.keep_days - 1, 1), (config.webhooks.keep_days + 1, 0)):
        await db.pool.execute(
            "UPDATE deliveries SET created_at = now() - make_interval(days => $1)", age
        )
        await retention.sweep(db, client.app[app_keys.STORAGE], config)
        assert len(await log_of(ada, made)) == kept


def test_pauses_follow_the_schedule_give_or_take_a_tenth_and_the_last_repeats(
    config: Config,
) -> None:
    webhooks = msgspec.structs.replace(config.webhooks, retries_s=Schedule((5.0, 30.0)))
    for attempts, planned_s in ((1, 5), (2, 30), (3, 30), (40, 30)):
        pauses = {delivery.pause_after(attempts, webhooks) for _ in range(50)}
        assert len(pauses) > 1
        assert all(abs(pause_s - planned_s) <= planned_s / 10 for pause_s in pauses)
