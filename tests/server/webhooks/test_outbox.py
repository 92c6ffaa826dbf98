"""Webhooks: signed, in order, told of nothing that did not happen."""

import base64

import pytest
from caller import Caller, Client, make_caller
from fake_engine import FakeEngine
from pulses import reached
from receiver import Receiver, hook, settled
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from klipfast_client import verify_webhook
from klipfast_server.core.config import Config
from klipfast_server.store.database import Database
from pipeline.core.errors import Corrupt, NoSpeech


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


async def test_a_job_that_starts_a_second_time_tells_nothing_twice(
    ada: Caller, receiver: Receiver, engine: FakeEngine, db: Database
) -> None:
    await hook(ada, receiver, events=["job.started", "clip.failed", "job.completed"])
    engine.errors["clip 0"] = Corrupt("The picture is damaged there.")
    engine.hold("clip 2")
    job_id = await ada.submit(30)
    await reached(engine, "clip 2")
    await ada.until(job_id, lambda job: len(job["clips"]) == 1)
    turn = await db.pool.fetchval("SELECT turn FROM accounts")
    await receiver.until(2)
    await ada.post(f"/api/v1/jobs/{job_id}/pause")
    engine.let_go("clip 2")
    await ada.post(f"/api/v1/jobs/{job_id}/resume", None, 202)
    job = await ada.until(job_id)
    assert (job["status"], len(job["clips"])) == ("completed", 2)
    assert [w["code"] for w in job["warnings"]] == ["clips_lost"]
    told = await receiver.until(3)
    names = sorted(message["type"] for message in told)
    assert names == ["clip.failed", "job.completed", "job.started"]
    assert engine.calls.count("clip 0") == 1
    assert await db.pool.fetchval("SELECT turn FROM accounts") == turn


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
