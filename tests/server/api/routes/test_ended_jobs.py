"""Ended jobs: nothing is left of a deleted one; a failed or canceled one can be tried again."""

import asyncio

import pytest
from caller import Caller, Client, Serve, Sweep, files_below, make_caller
from fake_engine import FakeEngine
from server_settings import changed

from klipfast_server.api import app_keys
from klipfast_server.core.config import Config
from klipfast_server.files.storage import Storage
from klipfast_server.store.database import Database
from pipeline.core.errors import NoSpeech


async def delete(caller: Caller, job_id: str) -> None:
    """A DELETE that succeeds."""
    assert await caller.send("DELETE", f"/api/v1/jobs/{job_id}", 204) is None


def left(config: Config) -> tuple[list[str], list[str]]:
    """Names of the files of clips, and of uploads."""
    data = config.server.data_dir
    return files_below(data / "storage"), files_below(data / "uploads")


def path_of(client: Client, url: str) -> str:
    """What follows the server's own address in a link."""
    base = str(client.make_url("")).rstrip("/")
    assert url.startswith(base + "/")
    return url.removeprefix(base)


async def test_a_deleted_job_leaves_no_byte_but_its_minutes(
    ada: Caller, client: Client, config: Config, db: Database
) -> None:
    job = await ada.done(30)
    before = await ada.get("/api/v1/usage")
    assert before["storage_used_mb"] > 0
    await delete(ada, job["job_id"])
    after = await ada.get("/api/v1/usage")
    disk = {key: after[key] for key in ("disk_free_mb", "disk_used_mb")}  # others write, too
    assert after == before | {"storage_used_mb": 0} | disk
    assert after["minutes_used"] == 0.5
    assert (
        left(config)[0],
        left(config)[1],
    ) == ([], [])
    for table in ("jobs", "talks", "clips", "uploads", "trash"):
        assert await db.pool.fetchval(f"SELECT count(*) FROM {table}") == 0
    await ada.send("GET", f"/api/v1/jobs/{job['job_id']}", 404)
    await ada.send("GET", f"/api/v1/clips/{job['clips'][0]['clip_id']}", 404)
    await ada.send("DELETE", f"/api/v1/jobs/{job['job_id']}", 404)
    link = await client.get(path_of(client, job["clips"][0]["download_url"]))
    assert link.status == 404


async def test_an_upload_stays_until_the_last_job_made_from_it_is_deleted(
    ada: Caller, config: Config
) -> None:
    upload = await ada.upload(b"seconds 10")
    made = []
    for count in (1, 2):
        request = {"video_url": upload["video_url"], "clip_count": count}
        made.append((await ada.post("/api/v1/process", request, 202))["job_id"])
        await ada.until(made[-1])
    assert (await ada.post(f"/api/v1/jobs/{made[0]}/retry", None, 409))["job_id"] == made[0]
    await delete(ada, made[0])
    assert left(config)[1] == ["source"]
    assert len(left(config)[0]) == 2
    await delete(ada, made[1])
    assert left(config)[1] == []


async def test_a_job_that_is_not_over_is_neither_deleted_nor_tried_again(
    client: Client, engine: FakeEngine, config: Config
) -> None:
    bob = await make_caller(client, account="bob", plan="starter")  # one job at once
    engine.hold("listen")
    running, queued = await bob.submit(10), await bob.submit(20)
    await bob.until(running, lambda job: job["status"] == "processing")
    for job_id in (running, queued):
        for method, path in (("DELETE", ""), ("POST", "/retry")):
            body = await bob.send(method, f"/api/v1/jobs/{job_id}{path}", 409)
            assert (body["error"], body["job_id"]) == ("conflict", job_id)
    for job_id in (queued, running):
        await bob.post(f"/api/v1/jobs/{job_id}/cancel")
        await delete(bob, job_id)
    assert (await bob.get("/api/v1/jobs"))["jobs"] == []
    assert left(config)[1] == []


async def test_files_that_cannot_be_removed_with_their_job_are_swept_later(
    ada: Caller, config: Config, db: Database, sweep: Sweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = (await ada.done(10))["job_id"]

    async def broken(_prefix: str) -> None:
        raise OSError("the disk is gone")

    with monkeypatch.context() as patch:
        patch.setattr(ada.app[app_keys.STORAGE], "delete", broken)
        await delete(ada, job_id)
        await ada.send("GET", f"/api/v1/jobs/{job_id}", 404)
        await sweep()
        assert len(left(config)[0]) == 2
    await sweep()
    assert (
        left(config)[0],
        left(config)[1],
    ) == ([], [])
    assert await db.pool.fetchval("SELECT count(*) FROM trash") == 0


async def test_a_job_is_not_held_up_while_its_account_deletes_another(
    ada: Caller, engine: FakeEngine, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Storage may be slow, so nothing is locked meanwhile."""
    old = (await ada.done(10))["job_id"]
    engine.hold("clip 0")
    job_id = await ada.submit(20)
    await ada.until(job_id, lambda job: job["language"] is not None)
    begun, end, remove = asyncio.Event(), asyncio.Event(), storage.delete

    async def slow(prefix: str) -> None:
        begun.set()
        await end.wait()
        await remove(prefix)

    monkeypatch.setattr(storage, "delete", slow)
    deletion = asyncio.create_task(delete(ada, old))
    await begun.wait()
    try:
        engine.let_go("clip 0")
        assert (await ada.until(job_id))["status"] == "completed"
    finally:
        end.set()
        await deletion


async def test_a_failed_job_tried_again_goes_on_from_what_was_heard(
    ada: Caller, engine: FakeEngine, db: Database
) -> None:
    engine.errors["write"] = RuntimeError("out of ink")
    failed = await ada.done(20)
    job_id = failed["job_id"]
    assert (failed["status"], failed["error"]["code"]) == ("failed", "server_error")
    del engine.errors["write"]
    again = await ada.post(f"/api/v1/jobs/{job_id}/retry", status=202)
    assert list(again) == ["job_id", "status", "created_at", "estimated_seconds"]
    assert (again["job_id"], again["status"]) == (job_id, "queued")
    assert again["created_at"] == failed["created_at"]
    job = await ada.until(job_id)
    assert (job["status"], job["error"], len(job["clips"])) == ("completed", None, 2)
    assert sorted(engine.calls) == ["clip 0", "clip 1", "listen", "write", "write"]
    assert (await ada.get("/api/v1/usage"))["minutes_used"] == round(20 / 60, 2)
    assert await db.pool.fetchval("SELECT attempts FROM jobs WHERE job_id = $1", job_id) == 1


async def test_a_canceled_job_can_be_tried_again(ada: Caller, engine: FakeEngine) -> None:
    engine.hold("clip 1")
    job_id = await ada.submit(20)
    await ada.until(job_id, lambda job: len(job["clips"]) == 1)
    await ada.post(f"/api/v1/jobs/{job_id}/cancel")
    engine.let_go("clip 1")
    await ada.post(f"/api/v1/jobs/{job_id}/retry", status=202)
    job = await ada.until(job_id)
    assert (job["status"], len(job["clips"])) == ("completed", 2)
    assert engine.calls.count("listen") == 1
    for clip in job["clips"]:
        response = await ada.client.get(path_of(ada.client, clip["download_url"]))
        assert response.status == 200


async def test_a_job_is_not_tried_again_beside_another_of_the_same_work(
    ada: Caller, engine: FakeEngine
) -> None:
    engine.hold("listen")
    first = await ada.submit(10)
    await ada.post(f"/api/v1/jobs/{first}/cancel")
    second = await ada.submit(10)
    body = await ada.send("POST", f"/api/v1/jobs/{first}/retry", 409)
    assert body["job_id"] == second


async def test_a_job_whose_upload_is_gone_cannot_be_tried_again(
    ada: Caller, engine: FakeEngine, db: Database, sweep: Sweep
) -> None:
    engine.errors["listen"] = NoSpeech("Nobody talks in this video.")
    job_id = (await ada.done(10))["job_id"]
    await db.pool.execute("UPDATE uploads SET expires_at = now()")
    for _ in ("expired", "swept"):
        body = await ada.send("POST", f"/api/v1/jobs/{job_id}/retry", 422)
        assert "submit the file again" in body["message"]
        await sweep()
    assert (await ada.get(f"/api/v1/jobs/{job_id}"))["status"] == "failed"


async def test_another_try_needs_minutes_too(
    serve: Serve, config: Config, engine: FakeEngine
) -> None:
    client = await serve(changed(config, "plans.starter", minutes_per_month=1))
    bob = await make_caller(client, account="bob", plan="starter")
    engine.errors["listen"] = NoSpeech("Nobody talks in this video.")
    failed = (await bob.done(30))["job_id"]
    engine.errors.clear()
    await bob.done(45)
    body = await bob.send("POST", f"/api/v1/jobs/{failed}/retry", 403)
    assert "reset_at" in body
    assert (await bob.get(f"/api/v1/jobs/{failed}"))["status"] == "failed"
