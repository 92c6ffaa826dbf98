"""What a plan keeps no longer goes, row and file; a dry run tells of the same, and deletes none."""

import asyncio
import io
import json
import zipfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest
from caller import Caller, Client, make_caller
from fake_engine import FakeEngine
from yarl import URL

from klipfast_server.api import app_keys
from klipfast_server.core.config import Config
from klipfast_server.work import retention as retention_work

from .conftest import Operate, all_files, all_rows, pass_days, until_somebody_waits

Serve = Callable[[Config], Awaitable[Client]]
Told = dict[tuple[str, str], tuple[int, int, int]]
DAYS = {"transcript_days": 10, "text_days": 20, "job_days": 40}
TEXTS = ("twitter_thread", "blog_post")


@pytest.fixture
def config(config: Config) -> Config:
    """Business keeps transcripts, texts and jobs for a while; pro keeps them for ever."""
    plan = msgspec.structs.replace(config.plans["business"], **DAYS)
    return msgspec.structs.replace(config, plans=config.plans | {"business": plan})


@pytest.fixture
def operate(operate: Operate, tmp_path: Path) -> Operate:
    """Runs a command with the same plan."""
    file = tmp_path / "plans.toml"
    file.write_text("[plans.business]\n" + "".join(f"{k} = {v}\n" for k, v in DAYS.items()))

    async def run(config: Config, *arguments: str) -> Any:
        return await operate(config, "--config", str(file), *arguments)

    return run


async def talk(caller: Caller, seconds: float = 30) -> str:
    """A completed job with texts."""
    job_id = await caller.submit(seconds, text_outputs=list(TEXTS))
    await caller.until(job_id)
    return job_id


async def retention(operate: Operate, config: Config, *options: str) -> Told:
    """What the command tells, as (rows, files, bytes) by kind and account."""
    done = await operate(config, "retention", "--json", *options)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["dry_run"] == ("--dry-run" in options)
    return {
        (each["kind"], each["account"]): (each["rows"], each["files"], each["bytes"])
        for each in document["expired"]
    }


async def test_a_dry_run_changes_nothing_and_tells_what_then_goes(
    client: Client, ada: Caller, config: Config, operate: Operate
) -> None:
    ben = await make_caller(client, account="ben", plan="pro")
    await talk(ada)
    await talk(ada, 20)
    kept = await talk(ben)
    await ada.call(
        "POST",
        "/api/v1/resumable-uploads",
        headers={"Tus-Resumable": "1.0.0", "Upload-Length": "100"},
    )
    assert await retention(operate, config, "--dry-run") == {}
    assert (await operate(config, "retention")).stdout == "nothing has expired\n"
    await pass_days(config, 50)
    rows, files = await all_rows(config.database.url), all_files(config.server.data_dir)
    would = await retention(operate, config, "--dry-run")
    assert await all_rows(config.database.url) == rows
    assert all_files(config.server.data_dir) == files
    sizes = {name: len(content) for name, content in files.items()}
    # Business keeps clips for 90 days, pro for 30: his go, with the source, and nothing else.
    of_ben = [n for n in sizes if kept in n]
    assert would["clips", "ben"] == (3, len(of_ben), sum(sizes[n] for n in of_ben))
    assert would["uploads", "ben"] == (1, 1, len("seconds 30"))
    assert {kind for kind, name in would if name == "ben"} == {"clips", "uploads"}
    assert would["transcripts", "ada"][:2] == (2, 0)
    assert would["texts", "ada"][:2] == (4, 0)
    assert ("clips", "ada") not in would
    assert ("jobs", "ada") not in would  # not before their clips
    told = (await operate(config, "retention", "--dry-run")).stdout.splitlines()
    assert told[0] == "would be deleted now:"
    assert [line.split()[:3] for line in told if line.startswith("transcripts")] == [
        ["transcripts", "2", "rows"]
    ]
    assert await retention(operate, config) == would
    assert await retention(operate, config) == {}
    await ben.get(f"/api/v1/jobs/{kept}/transcript")
    assert [name for name in all_files(config.server.data_dir) if kept in name] == []


async def test_a_talk_of_which_only_the_transcript_went_still_shows_its_clips(
    client: Client, ada: Caller, config: Config, operate: Operate
) -> None:
    job_id = await talk(ada)
    before = await ada.get(f"/api/v1/jobs/{job_id}")
    assert before["transcript_removed_at"] is None
    await pass_days(config, 11)
    gone = await retention(operate, config)
    assert {kind for kind, _ in gone} == {"transcripts"}
    [left] = (await all_rows(config.database.url))["talks"]
    assert json.loads(left)["talk"] is None
    job = await ada.get(f"/api/v1/jobs/{job_id}")
    assert job["transcript_removed_at"].endswith("Z")
    assert [clip["title"] for clip in job["clips"]] == [clip["title"] for clip in before["clips"]]
    clip = job["clips"][0]
    assert (await client.get(URL(clip["download_url"]).relative())).status == 200
    listed = await ada.get(f"/api/v1/jobs/{job_id}/texts")
    assert {text["kind"] for text in listed["texts"]} == set(TEXTS)
    assert all(text["text"] and text["sources"] == [] for text in listed["texts"])
    assert await (await ada.call("GET", f"/api/v1/jobs/{job_id}/texts/blog_post")).text()
    packed = await ada.call("GET", f"/api/v1/jobs/{job_id}/archive")
    names = zipfile.ZipFile(io.BytesIO(await packed.read())).namelist()
    assert sum(name.endswith(".mp4") for name in names) == 3
    assert any(name.startswith("texts/") for name in names)
    assert not any("transcript" in name for name in names)
    clip_id = clip["clip_id"]
    calls = [
        *(("GET", f"/api/v1/jobs/{job_id}/{part}", None) for part in PARTS),
        ("GET", f"/api/v1/clips/{clip_id}/captions", None),
        ("POST", f"/api/v1/clips/{clip_id}/renders", {"title": "Other"}),
        ("POST", f"/api/v1/jobs/{job_id}/clips", {"start_seconds": 1, "end_seconds": 9}),
        ("POST", f"/api/v1/jobs/{job_id}/reels", {}),
        ("POST", f"/api/v1/jobs/{job_id}/texts/blog_post", {"length": "short"}),
    ]
    for method, path, body in calls:
        answer = await ada.call(method, path, json=body)
        told = await answer.json()
        assert answer.status == 404, (path, told)
        assert told["message"].startswith(f"The transcript of {job_id} was removed on 20"), path
        assert told["message"].endswith("Submit the video again to have another."), path


PARTS = ("transcript", "overview", "chapters", "candidates", "timeline", "corrections")


async def test_texts_go_by_the_day_they_were_written_and_come_back(
    ada: Caller, config: Config, operate: Operate
) -> None:
    job_id = await talk(ada)
    await pass_days(config, 15)
    own = {"text": "# Mine\n\nEdited later."}  # before the transcript goes
    assert (await ada.call("PUT", f"/api/v1/jobs/{job_id}/texts/blog_post", json=own)).status == 200
    await pass_days(config, 6)
    gone = await retention(operate, config)
    assert gone["texts", "ada"][0] == 2  # the thread, and the article before it was edited
    kept = await ada.call("GET", f"/api/v1/jobs/{job_id}/texts/blog_post")
    assert "Edited later." in await kept.text()
    missing = await ada.get(f"/api/v1/jobs/{job_id}/texts/twitter_thread", 404)
    assert "has no twitter_thread any more: the account's plan keeps texts" in missing["message"]
    assert "Its transcript was removed, too" in missing["message"]


async def test_a_job_goes_with_every_row_and_file_once_its_clips_have_gone(
    ada: Caller, config: Config, operate: Operate
) -> None:
    job_id = await talk(ada)
    await pass_days(config, 89)
    assert ("jobs", "ada") not in await retention(operate, config)
    assert len((await ada.get(f"/api/v1/jobs/{job_id}"))["clips"]) == 3
    await pass_days(config, 2)
    gone = await retention(operate, config)
    assert gone["clips", "ada"][0] == 3
    assert gone["jobs", "ada"] == (1, 0, 0)
    assert (await ada.get(f"/api/v1/jobs/{job_id}", 404))["message"].startswith("There is no job")
    rows = await all_rows(config.database.url)
    left = [name for name, lines in rows.items() if any(job_id in line for line in lines)]
    # What it cost outlives it, and that somebody has submitted it.
    assert left == ["audit", "charges"]
    assert [name for name in all_files(config.server.data_dir) if name != "secret"] == []


async def test_what_runs_waits_or_is_still_to_be_told_is_spared(
    ada: Caller, config: Config, operate: Operate, engine: FakeEngine
) -> None:
    rewritten, told = await talk(ada), await talk(ada, 31)
    engine.hold("write")
    again = await ada.post(f"/api/v1/jobs/{rewritten}/texts/blog_post", {"hook": 2}, 202)
    running = await ada.submit(seconds=32)
    await ada.until(running, lambda job: len(job["clips"]) == 3)
    connection = await asyncpg.connect(config.database.url)
    try:
        await connection.execute(
            "INSERT INTO deliveries (delivery_id, account_id, job_id, target, url, event, payload, "
            "give_up_at, next_attempt_at) SELECT 'dlv_1', account_id, job_id, job_id, "
            "'https://example.com', 'job.completed', '', 'infinity', 'infinity' "
            "FROM jobs WHERE job_id = $1",
            told,
        )
    finally:
        await connection.close()
    await pass_days(config, 100)
    gone = await retention(operate, config)
    assert gone["transcripts", "ada"][0] == 1  # the talk without a running rewrite
    assert ("jobs", "ada") not in gone
    engine.let_go("write")
    assert (await ada.until(again["job_id"]))["status"] == "completed"
    assert (await ada.until(running))["status"] == "completed"
    await ada.get(f"/api/v1/jobs/{running}/transcript")


async def test_what_goes_with_a_job_is_told_of_as_what_it_is(
    ada: Caller, config: Config, operate: Operate
) -> None:
    job_id = await talk(ada)
    again = await ada.post(f"/api/v1/jobs/{job_id}/texts/blog_post", {"hook": 2}, 202)
    assert (await ada.until(again["job_id"]))["status"] == "completed"
    connection = await asyncpg.connect(config.database.url)
    try:
        await connection.execute(
            "INSERT INTO deliveries (delivery_id, account_id, job_id, target, url, event, payload, "
            "status, give_up_at, next_attempt_at) SELECT 'dlv_1', account_id, job_id, job_id, "
            "'https://example.com', 'job.completed', '', 'delivered', now(), now() "
            "FROM jobs WHERE job_id = $1",
            job_id,
        )
    finally:
        await connection.close()
    await pass_days(config, 100)
    would = await retention(operate, config, "--dry-run")
    assert would["deliveries", "ada"][0] == 1
    assert would["jobs", "ada"] == (1, 0, 0)  # the one that wrote, before the one it wrote for
    assert await retention(operate, config) == would
    assert await retention(operate, config, "--dry-run") == {("jobs", "ada"): (1, 0, 0)}
    assert await retention(operate, config) == {("jobs", "ada"): (1, 0, 0)}
    assert (await all_rows(config.database.url))["jobs"] == []


async def test_a_job_whose_text_somebody_has_written_again_that_very_moment_stays(
    client: Client, ada: Caller, config: Config
) -> None:
    job_id = await talk(ada)
    await pass_days(config, 100)
    assert client.app is not None
    db, storage = client.app[app_keys.DATABASE], client.app[app_keys.STORAGE]
    # Its texts stay, for which the sweep would wait before it comes to jobs.
    plan = msgspec.structs.replace(config.plans["business"], text_days=0)
    config = msgspec.structs.replace(config, plans=config.plans | {"business": plan})
    connection = await asyncpg.connect(config.database.url)
    try:
        begun = connection.transaction()
        await begun.start()
        await connection.execute(
            "INSERT INTO jobs (job_id, account_id, video_url, options, parallel_jobs, rewrite_of, "
            "same_work, paused_at) SELECT 'job_again', account_id, video_url, options, "
            "parallel_jobs, job_id, 'again', now() FROM jobs WHERE job_id = $1",
            job_id,
        )
        sweeping = asyncio.create_task(retention_work.sweep(db, storage, config))
        await until_somebody_waits(connection)
        await begun.commit()
        gone = await sweeping
    finally:
        await connection.close()
    assert gone.of("jobs").rows == 0
    await ada.get("/api/v1/jobs/job_again")
    await ada.get(f"/api/v1/jobs/{job_id}")


async def test_the_running_server_follows_the_plan_by_itself(serve: Serve, config: Config) -> None:
    quick = msgspec.structs.replace(config.retention, sweep_s=0.2)
    ada = await make_caller(
        await serve(msgspec.structs.replace(config, retention=quick)),
        account="ada",
        plan="business",
    )
    job_id = await talk(ada)
    await pass_days(config, 11)
    await ada.until(job_id, lambda job: job["transcript_removed_at"] is not None)


async def test_a_failed_job_that_is_retried_has_a_transcript_again(
    ada: Caller, config: Config, operate: Operate, engine: FakeEngine
) -> None:
    engine.errors["clip 0"] = RuntimeError("a bug")
    job_id = await ada.submit(seconds=30)
    assert (await ada.until(job_id))["status"] == "failed"
    connection = await asyncpg.connect(config.database.url)
    await connection.execute("UPDATE jobs SET finished_at = finished_at - interval '11 days'")
    await connection.close()
    await retention(operate, config)
    await ada.get(f"/api/v1/jobs/{job_id}/transcript", 404)
    del engine.errors["clip 0"]
    await ada.post(f"/api/v1/jobs/{job_id}/retry", None, 202)
    job = await ada.until(job_id)
    assert (job["status"], job["transcript_removed_at"]) == ("completed", None)
    await ada.get(f"/api/v1/jobs/{job_id}/transcript")


async def test_what_was_made_of_a_talk_is_not_retried_without_its_words(
    ada: Caller, config: Config, operate: Operate, engine: FakeEngine
) -> None:
    job_id = await talk(ada)
    engine.errors["clip 0"] = engine.errors["write"] = RuntimeError("a bug")
    clip_id = (await ada.get(f"/api/v1/jobs/{job_id}"))["clips"][0]["clip_id"]
    path = f"/api/v1/clips/{clip_id}/renders"
    render = (await ada.post(path, {"title": "Other"}, 202))["job_id"]
    path = f"/api/v1/jobs/{job_id}/texts/blog_post"
    text = (await ada.post(path, {"hook": 2}, 202))["job_id"]
    for made in (render, text):
        assert (await ada.until(made))["status"] == "failed"
    await pass_days(config, 11)
    await retention(operate, config)
    engine.errors.clear()
    for made in (render, text):
        refused = await ada.call("POST", f"/api/v1/jobs/{made}/retry")
        assert refused.status == 404
        assert "was removed on 20" in (await refused.json())["message"]


async def test_a_text_that_went_is_written_again_from_its_transcript(
    serve: Serve, config: Config
) -> None:
    plan = msgspec.structs.replace(config.plans["business"], transcript_days=0)
    quick = msgspec.structs.replace(config.retention, sweep_s=0.2)
    plans = config.plans | {"business": plan}
    client = await serve(msgspec.structs.replace(config, retention=quick, plans=plans))
    ada = await make_caller(client, account="ada", plan="business")
    job_id = await talk(ada)
    await pass_days(config, 21)
    path = f"/api/v1/jobs/{job_id}/texts/blog_post"
    async with asyncio.timeout(60):
        while (gone := await ada.call("GET", path)).status == 200:  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(0.1)
    assert (await gone.json())["message"].endswith(f"days only. POST {path} writes it again.")
    again = await ada.post(path, {}, 202)
    assert (await ada.until(again["job_id"]))["status"] == "completed"
    assert (await ada.call("GET", path)).status == 200
