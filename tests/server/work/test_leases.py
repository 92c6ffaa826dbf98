"""Leases: a job of a server that is gone goes on elsewhere, and who lost it changes nothing."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from caller import Caller, Client, files_below, gone, make_caller
from fake_engine import FakeEngine
from pulses import looks, reached

from klipfast_server.api import app_keys
from klipfast_server.core import identifiers
from klipfast_server.core.config import Config
from klipfast_server.files.storage import LocalStorage
from klipfast_server.schema.account.webhooks import FailedClip
from klipfast_server.schema.vocabulary import JobError
from klipfast_server.store import talk_json
from klipfast_server.store.database import Database
from klipfast_server.store.intake import kept_sources, uploads
from klipfast_server.store.intake.uploads import Received
from klipfast_server.store.queue import heard_talks, job_queue
from klipfast_server.store.queue.job_queue import ClaimedJob, ClipKeys, LeaseLost, StoredClip
from klipfast_server.webhooks.outbox import Outbox
from pipeline.core.control import Control
from pipeline.core.data import Options, TranscriptChunk
from pipeline.core.texts import Texts
from pipeline.editing.clip_edit import ClipEdit


async def take_over(db: Database, job_id: str) -> None:
    """As if another worker had claimed the job."""
    await db.pool.execute(
        "UPDATE jobs SET lease_owner = 'worker_other', lease_until = now() + interval '1 hour' "
        "WHERE job_id = $1",
        job_id,
    )


async def test_files_of_the_worker_that_took_a_job_over_are_not_deleted(
    ada: Caller,
    engine: FakeEngine,
    db: Database,
    storage: LocalStorage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Both workers store a clip under the same key."""

    def broken(_source: Path, _target: Path) -> None:
        raise OSError("Input/output error")

    engine.hold("clip 0")
    job_id = await ada.submit(10)
    await reached(engine, "clip 0")
    await take_over(db, job_id)
    assert ada.client.app is not None
    data = ada.client.app[app_keys.CONFIG].server.data_dir
    theirs = data / "storage/clips" / job_id / f"{identifiers.clip_id(job_id, 0)}.mp4"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("a clip of the other worker")
    monkeypatch.setattr(storage, "move", broken)
    engine.let_go("clip 0")
    await gone(data / "work" / job_id)
    assert theirs.exists()
    assert await db.pool.fetchval("SELECT count(*) FROM trash") == 0


async def expire(db: Database, job_id: str) -> None:
    """As if whoever holds the job had given no sign of life for a while."""
    await db.pool.execute(
        "UPDATE jobs SET lease_owner = 'lease_gone', lease_until = now() - interval '1 second' "
        "WHERE job_id = $1",
        job_id,
    )


async def test_a_job_whose_lease_ran_out_is_started_again_and_only_the_later_start_counts(
    ada: Caller, engine: FakeEngine, db: Database, config: Config
) -> None:
    engine.hold("clip 1")
    job_id = await ada.submit(30)
    await reached(engine, "clip 1")
    await ada.until(job_id, lambda job: len(job["clips"]) == 1)
    for _ in range(config.lanes.attempts - 1):
        engine.reached.clear()
        await expire(db, job_id)
        await reached(engine, "clip 1")  # again, by another start
    assert engine.made == ["listen", "clip 0", *["clip 1"] * config.lanes.attempts]
    engine.let_go("clip 1")
    job = await ada.until(job_id)
    assert (job["status"], len(job["clips"])) == ("completed", 3)
    assert engine.calls[-1] == "clip 2"
    assert (await ada.get("/api/v1/usage"))["minutes_used"] == 0.5


async def test_a_job_of_a_stopped_server_goes_on_and_makes_no_clip_twice(
    serve: Callable[[Config], Awaitable[Client]], config: Config, engine: FakeEngine
) -> None:
    client = await serve(config)
    ada = await make_caller(client)
    engine.hold("clip 1")
    job_id = await ada.submit(30)
    before = await ada.until(job_id, lambda job: len(job["clips"]) == 1)
    await client.close()
    engine.calls.clear()
    engine.let_go("clip 1")
    ada = Caller(client=await serve(config), key=ada.key)
    after = await ada.until(job_id)
    assert after["status"] == "completed"
    assert sorted(engine.calls) == [
        "clip 1",
        "clip 2",
        "write",
    ]  # nothing else again
    ids = [clip["clip_id"] for clip in after["clips"]]
    assert ids == [identifiers.clip_id(job_id, ordinal) for ordinal in range(3)]
    assert ids[0] == before["clips"][0]["clip_id"]
    assert (await ada.get("/api/v1/usage"))["minutes_used"] == 0.5


@pytest.mark.parametrize(("later", "heard"), [("20", 2), ("30 another", 2), ("30", 1)])
async def test_what_was_heard_counts_only_while_the_url_leads_to_the_same_file(
    serve: Callable[[Config], Awaitable[Client]],
    config: Config,
    engine: FakeEngine,
    aiohttp_server: Callable[[web.Application], Awaitable[TestServer]],
    *,
    later: str,
    heard: int,
) -> None:
    lengths = ["30", "30", later]  # looked at when handed in, then fetched twice

    async def source(_: web.Request) -> web.Response:
        return web.Response(body=f"seconds {lengths.pop(0)}".encode(), content_type="video/mp4")

    app = web.Application()
    app.router.add_get("/talk.mp4", source)
    url = str((await aiohttp_server(app)).make_url("/talk.mp4"))
    sources = msgspec.structs.replace(config.sources, allow_private=True)
    client = await serve(msgspec.structs.replace(config, sources=sources))
    assert client.app is not None
    ada = await make_caller(client)
    engine.hold("clip 1")
    job_id = (await ada.post("/api/v1/process", {"video_url": url}, 202))["job_id"]
    await ada.until(job_id, lambda job: len(job["clips"]) == 1)
    engine.reached.clear()
    await expire(client.app[app_keys.DATABASE], job_id)
    await reached(engine, "clip 1")
    engine.let_go("clip 1")
    job = await ada.until(job_id)
    assert (job["status"], len(job["clips"])) == (
        "completed",
        int(later.split(maxsplit=1)[0]) // 10,
    )
    assert (engine.calls.count("listen"), engine.calls.count("clip 0")) == (heard, heard)
    files = files_below(config.server.data_dir / "storage")
    assert len(files) == 2 * len(job["clips"])


STORED = """
    SELECT j.source, j.duration_s, j.language, j.status::text, t.talk,
        array(SELECT text FROM texts x WHERE x.job_id = j.job_id) AS texts,
        array(SELECT part FROM heard h WHERE h.job_id = j.job_id) AS heard,
        array(SELECT clip_id FROM clips c WHERE c.job_id = j.job_id) AS clips
    FROM jobs j LEFT JOIN talks t USING (talk_id) WHERE j.job_id = $1
"""


@pytest.mark.parametrize("stage", ["listen", "clip 0", "write"])
async def test_a_worker_that_lost_its_lease_changes_nothing(
    ada: Caller, engine: FakeEngine, db: Database, stage: str
) -> None:
    engine.hold(stage)
    job_id = await ada.submit(10)
    await reached(engine, stage)
    if stage == "clip 0":  # the texts are written beside it
        await reached(engine, "write")
    if stage == "write":  # the clip is made beside it
        await ada.until(job_id, lambda job: len(job["clips"]) == 1)
    await take_over(db, job_id)
    # What the new owner has transcribed so far.
    await db.pool.execute("INSERT INTO heard VALUES ($1, 0, '{}') ON CONFLICT DO NOTHING", job_id)
    before = await db.pool.fetchrow(STORED, job_id)
    engine.calls.clear()
    engine.let_go(stage)
    other = await ada.submit(20)
    assert (await ada.until(other))["status"] == "completed"
    assert await db.pool.fetchrow(STORED, job_id) == before
    assert engine.made == ["listen", "clip 0", "clip 1"]  # calls of the other job alone
    assert engine.calls.count("write") == 1


async def test_no_write_goes_through_without_the_lease(
    ada: Caller, engine: FakeEngine, db: Database, config: Config
) -> None:
    engine.hold("listen")
    job_id = await ada.submit(10)
    await reached(engine, "listen")
    row = await db.pool.fetchrow(
        "SELECT job_id, account_id, video_url, options::text, attempts FROM jobs WHERE job_id = $1",
        job_id,
    )
    assert row is not None
    folder = config.server.data_dir
    source = folder / "seconds"
    source.write_text("seconds 10")
    calm = FakeEngine()
    probed = calm.probe(source, max_duration_s=None)
    talk = calm.listen(probed, options=Options(), work_dir=folder, control=Control())
    job = ClaimedJob(
        **row,
        lease_owner="lease_another",
        plan="pro",
        keep_source=True,
        kept_source=None,
        file_name="talk.mp4",
        edits=talk_json.encode_edits([ClipEdit(highlight=talk.highlights[0])]),
    )
    clip = calm.make_clip(
        talk, talk.highlights[0], options=Options(), stem=folder / "clip", control=Control()
    )
    outbox = Outbox(db, LocalStorage(folder, b""), config)
    part = TranscriptChunk(key="", first=0, windows=1, language="en", words=())
    writes = {
        "set_progress": job_queue.set_progress(db, job, stage="x", progress=1.0, lease_s=9.0),
        "set_source": job_queue.set_source(
            db, job, uploads.source_info(talk.source), fetched_s=None
        ),
        "put_heard": heard_talks.put_heard(db, job, part),
        "read_talk": heard_talks.read_talk(db, job),
        "put_description": heard_talks.put_description(db, job, talk),
        "keep_upload": kept_sources.keep_upload(db, job, "upload_a"),
        "keep_download": kept_sources.keep_download(
            db,
            config,
            job,
            Received(path=source, size_bytes=10, sha256=b""),
            upload_id="upload_a",
            info=uploads.source_info(talk.source),
        ),
        "put_talk": heard_talks.put_talk(db, job, talk, source_sha256=b"", listened_s=1.0),
        "count_only": job_queue.count_only(db, job, 1.0, unheard_s=9.0),
        "drop_clips": job_queue.drop_clips(db, job, "clips/job_1"),
        "add_clip": job_queue.add_clip(
            db,
            job,
            0,
            talk=talk,
            made=StoredClip(
                clip=clip,
                keys=ClipKeys(video="a", pictures=("b",), clean=None),
                size_bytes=1,
                worked_s=1.0,
            ),
            retention_days=1,
            outbox=outbox,
        ),
        "finish": job_queue.finish(
            db,
            config,
            job,
            Texts(),
            wrote_s=1.0,
            outbox=outbox,
        ),
        "note_failed_clip": job_queue.note_failed_clip(
            db,
            job,
            0,
            FailedClip(
                job_id=job_id,
                clip_id="clip_a",
                title="A clip",
                start_seconds=0.0,
                end_seconds=1.0,
                error=JobError(code="unprocessable", message=""),
            ),
            outbox=outbox,
        ),
        "fail": job_queue.fail(db, job, "server_error", "", reason=None, outbox=outbox),
    }
    taking_a_claim = {
        name
        for module in (heard_talks, job_queue, kept_sources)
        for name, function in inspect.getmembers(module, inspect.iscoroutinefunction)
        if "job" in inspect.signature(function).parameters
    }
    others = {"check_minutes", "is_held", "release", "write"}  # read only, or what the rest calls
    assert set(writes) == taking_a_claim - others
    before = await db.pool.fetchrow(STORED, job_id)
    for write in writes.values():
        with pytest.raises(LeaseLost):
            await write
    assert await db.pool.fetchrow(STORED, job_id) == before
    engine.let_go("listen")
    assert (await ada.until(job_id))["status"] == "completed"


async def test_a_job_keeps_its_lease_through_a_trouble_of_the_database(
    serve: Callable[[Config], Awaitable[Client]],
    config: Config,
    engine: FakeEngine,
    caplog: pytest.LogCaptureFixture,
) -> None:
    lanes = msgspec.structs.replace(config.lanes, lease_s=1.5)
    client = await serve(msgspec.structs.replace(config, lanes=lanes))
    assert client.app is not None
    pool = client.app[app_keys.DATABASE].pool
    ada = await make_caller(client)
    engine.hold("listen")
    job_id = await ada.submit(10)
    await ada.until(job_id, lambda job: job["stage"] == "probe")
    await pool.execute("ALTER TABLE jobs RENAME TO hidden")  # any error that is no lost connection
    async with asyncio.timeout(10):
        while "heartbeat failed" not in caplog.text:  # noqa: ASYNC110 (a log tells nobody)
            await asyncio.sleep(0.01)
    lease_until = await pool.fetchval("SELECT lease_until FROM hidden WHERE job_id = $1", job_id)
    await pool.execute("ALTER TABLE hidden RENAME TO jobs")
    async with asyncio.timeout(10):  # until that lease would have run out
        while not await pool.fetchval("SELECT now() > $1::timestamptz", lease_until):  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(0.05)
    await looks(client.app[app_keys.CLAIMING])  # and the job would be claimed
    engine.let_go("listen")
    assert (await ada.until(job_id))["status"] == "completed"
    assert engine.calls.count("listen") == 1


async def test_a_job_that_kills_every_worker_fails_after_its_attempts(
    ada: Caller, engine: FakeEngine, db: Database, config: Config
) -> None:
    engine.hold("listen")
    job_id = await ada.submit(30)
    await reached(engine, "listen")
    await db.pool.execute(
        "UPDATE jobs SET attempts = $2, lease_owner = 'worker_gone', "
        "lease_until = now() - interval '1 second' WHERE job_id = $1",
        job_id,
        config.lanes.attempts,
    )
    job = await ada.until(job_id)
    assert job["status"] == "failed"
    assert "all 3 attempts" in job["error"]["message"]
