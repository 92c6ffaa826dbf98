"""Lists of jobs and clips: filters, order, pages; polling by ETag; batches."""

import asyncio
from typing import Any

import pytest
from caller import Caller, Client, make_caller
from fake_engine import FakeEngine

from klipfast_server.store import jobs
from klipfast_server.store.database import Database
from klipfast_server.store.jobs import Submitted


async def ids(caller: Caller, query: str) -> list[str]:
    """The jobs, or clips, of a list in their order."""
    name = query.partition("?")[0]
    page = await caller.get(f"/api/v1/{query}")
    return [line[f"{name[:-1]}_id"] for line in page[name]]


async def test_a_line_tells_what_its_job_is(ada: Caller) -> None:
    job_id = await ada.submit(20, title=" My talk ", metadata={"episode": "12"}, priority="high")
    job = await ada.until(job_id)
    [line] = (await ada.get("/api/v1/jobs"))["jobs"]
    assert line.pop("thumbnail_url").startswith("http")
    assert line.pop("duration_seconds") == job["source"]["duration_seconds"]
    assert set(line) <= set(job)
    assert line == {name: job[name] for name in line}
    assert (line["title"], line["priority"], line["clip_count"]) == ("My talk", "high", 2)
    assert line["upload_id"] is not None
    assert line["video_url"] == f"upload://{line['upload_id']}"


async def test_lines_have_their_clips_on_request(ada: Caller) -> None:
    job = await ada.done(30)
    [line] = (await ada.get("/api/v1/jobs?clips=true"))["jobs"]
    assert [clip["clip_id"] for clip in line["clips"]] == [c["clip_id"] for c in job["clips"]]
    for query in ("", "?clips=false"):
        assert "clips" not in (await ada.get(f"/api/v1/jobs{query}"))["jobs"][0]
    assert (await ada.get("/api/v1/jobs?clips=maybe", 400))["field"] == "clips"


async def test_jobs_are_filtered(ada: Caller, engine: FakeEngine, db: Database) -> None:
    done = await ada.submit(10, title="Bread and butter", metadata={"show": "a", "n": "1"})
    await ada.until(done)
    engine.errors["listen"] = RuntimeError("no")
    failed = await ada.submit(20, title="100 % wool", metadata={"show": "a", "n": "2"})
    await ada.until(failed)
    await db.pool.execute(
        "UPDATE jobs SET created_at = '2026-04-15T10:00:00Z' WHERE job_id = $1", done
    )
    assert await ids(ada, "jobs?status=completed") == [done]
    assert await ids(ada, "jobs?status=failed") == [failed]
    assert await ids(ada, "jobs?status=queued") == []
    assert await ids(ada, "jobs?metadata=show") == [failed, done]
    assert await ids(ada, "jobs?metadata=n:2") == [failed]
    assert await ids(ada, "jobs?metadata=n:3") == []
    assert await ids(ada, "jobs?q=BREAD") == [done]
    assert await ids(ada, "jobs?q=100%20%25") == [failed]
    assert await ids(ada, "jobs?q=w_ol") == []  # no pattern
    assert await ids(ada, "jobs?created_before=2026-05-01T00:00:00Z") == [done]
    assert await ids(ada, "jobs?created_after=2026-05-01T00:00:00%2B02:00") == [failed]
    assert await ids(ada, "jobs?order=oldest") == [done, failed]
    assert await ids(ada, "jobs?q=o&status=failed&metadata=show:a") == [failed]


async def test_what_was_made_from_a_job_is_found_by_it(ada: Caller, client: Client) -> None:
    talk = await ada.until(await ada.submit(30))
    other = await ada.until(await ada.submit(40))

    async def make(path: str, **body: Any) -> Any:
        return await ada.until((await ada.post(f"/api/v1/{path}", body, 202))["job_id"])

    clip_id = talk["clips"][0]["clip_id"]
    again = await make(f"clips/{clip_id}/renders", title="Once more")
    span = await make(f"jobs/{talk['job_id']}/clips", start_seconds=2, end_seconds=12)
    reel = await make(f"jobs/{talk['job_id']}/reels", max_seconds=20)
    text = await make(f"jobs/{talk['job_id']}/texts/blog_post", hook=2)
    twice = await make(f"clips/{again['clips'][0]['clip_id']}/renders", title="And once more")
    made = [job["job_id"] for job in (twice, text, reel, span, again)]
    assert await ids(ada, f"jobs?source_job_id={talk['job_id']}") == made
    assert await ids(ada, f"jobs?source_job_id={talk['job_id']}&order=oldest") == made[::-1]
    assert await ids(ada, f"jobs?source_job_id={talk['job_id']}&status=failed") == []
    assert await ids(ada, f"jobs?source_job_id={again['job_id']}") == made[:1]
    assert await ids(ada, f"jobs?source_job_id={other['job_id']}") == []
    assert await ids(ada, "jobs?source_job_id=job_unknown") == []
    assert await ids(ada, "jobs?source_job_id=none") == [other["job_id"], talk["job_id"]]
    page = await ada.get("/api/v1/jobs?source_job_id=none&limit=1")
    rest = await ada.get(f"/api/v1/jobs?source_job_id=none&cursor={page['next_cursor']}")
    assert [job["job_id"] for job in rest["jobs"]] == [talk["job_id"]]
    bob = await make_caller(client, account="bob")
    assert await ids(bob, f"jobs?source_job_id={talk['job_id']}") == []
    await ada.call("DELETE", f"/api/v1/jobs/{talk['job_id']}")
    left = [job["job_id"] for job in (reel, span, again)]  # the text went with its talk
    assert await ids(ada, "jobs?source_job_id=none") == [*left, other["job_id"]]


NO_FILTERS = [
    ("status=done", "status"),
    ("created_after=yesterday", "created_after"),
    ("created_after=0.5", "created_after"),
    ("created_after=2026-05-01T00:00:00", "created_after"),
    ("order=best", "order"),
    ("metadata=:1", "metadata"),
    ("q=", "q"),
    ("colour=red", "colour"),
    ("&".join(f"f{n}=1" for n in range(10_000))[:7000], None),
    ("status=failed&status=failed", "status"),
]


async def test_a_filter_that_is_none_is_refused(ada: Caller) -> None:
    for query, field in NO_FILTERS:
        body = await ada.get(f"/api/v1/jobs?{query}", 400)
        assert field is None or body["field"] == field


async def test_a_cursor_is_of_one_list(ada: Caller) -> None:
    for count in (1, 2, 3):
        await ada.submit(10, clip_count=count)
    cursor = (await ada.get("/api/v1/jobs?limit=1&order=oldest"))["next_cursor"]
    assert len(await ids(ada, f"jobs?limit=9&order=oldest&cursor={cursor}")) == 2
    for other in ("", "&order=newest", "&order=oldest&status=queued"):
        assert (await ada.get(f"/api/v1/jobs?cursor={cursor}{other}", 400))["field"] == "cursor"
    assert (await ada.get(f"/api/v1/clips?cursor={cursor}", 400))["field"] == "cursor"


@pytest.mark.parametrize("order", ["newest", "oldest"])
async def test_pages_have_each_job_once_in_either_order(ada: Caller, order: str) -> None:
    made = [await ada.submit(10, clip_count=count) for count in range(1, 6)]
    found, cursor = [], ""
    while True:
        page = await ada.get(f"/api/v1/jobs?limit=2&order={order}&cursor={cursor}")
        found += [line["job_id"] for line in page["jobs"]]
        if not page["has_more"]:
            break
        cursor = page["next_cursor"]
    assert found == (made if order == "oldest" else made[::-1])


async def test_clips_of_all_jobs_are_listed(ada: Caller, client: Client, db: Database) -> None:
    first = await ada.until(await ada.submit(20))
    await ada.until(await ada.submit(30, caption_style="karaoke"))
    page = await ada.get("/api/v1/clips")
    assert len(page["clips"]) == 5
    clip = page["clips"][0]
    assert clip == await ada.get(f"/api/v1/clips/{clip['clip_id']}")
    assert len(await ids(ada, f"clips?job_id={first['job_id']}")) == 2
    assert len(await ids(ada, "clips?caption_style=karaoke")) == 3
    assert len(await ids(ada, "clips?min_virality_score=80")) == 2
    assert await ids(ada, "clips?kind=advice") == []
    assert (await ada.get("/api/v1/clips?caption_style=x", 400))["field"] == "caption_style"
    assert len(await ids(ada, "clips?kind=story")) == 5
    assert len(await ids(ada, "clips?q=MOMENT%202")) == 1
    assert len(await ids(ada, "clips?q=word1")) == 2
    assert await ids(ada, "clips?created_before=2020-01-01T00:00:00Z") == []
    seen: list[tuple[int, str]] = []
    cursor = ""
    while True:
        page = await ada.get(f"/api/v1/clips?order=best&limit=2&cursor={cursor}")
        seen += [(c["virality_score"], c["clip_id"]) for c in page["clips"]]
        if not page["has_more"]:
            break
        cursor = page["next_cursor"]
    assert len(set(seen)) == 5
    assert [score for score, _ in seen] == [80, 80, 79, 79, 78]
    bob = await make_caller(client, account="bob")
    assert await ids(bob, "clips") == []
    await db.pool.execute("UPDATE clips SET expires_at = now()")
    assert await ids(ada, "clips") == []


async def test_what_has_not_changed_is_not_sent_again(ada: Caller) -> None:
    job_id = await ada.submit(10)
    job = await ada.until(job_id)
    tag = ""
    for path in (
        f"/api/v1/jobs/{job_id}",
        "/api/v1/clips",
        f"/api/v1/clips/{job['clips'][0]['clip_id']}",
        "/api/v1/jobs",
    ):
        tag = (await ada.call("GET", path)).headers["ETag"]
        again = await ada.call("GET", path, headers={"If-None-Match": tag})
        assert (again.status, await again.read(), again.headers["ETag"]) == (304, b"", tag)
        assert "X-RateLimit-Remaining" in again.headers
        other = await ada.call("GET", path, headers={"If-None-Match": '"other"'})
        assert other.status == 200
    await ada.call("DELETE", f"/api/v1/jobs/{job_id}")
    again = await ada.call("GET", "/api/v1/jobs", headers={"If-None-Match": tag})
    assert (await again.json())["jobs"] == []


async def test_an_unfinished_job_says_how_long_it_takes(ada: Caller, engine: FakeEngine) -> None:
    engine.hold("listen")
    job_id = await ada.submit(10)
    running = await ada.until(job_id, lambda job: job["status"] == "processing")
    assert running["estimated_seconds"] >= 1
    [line] = (await ada.get("/api/v1/jobs"))["jobs"]
    assert line["estimated_seconds"] >= 1
    engine.let_go("listen")
    assert (await ada.until(job_id))["estimated_seconds"] is None


async def test_a_batch_is_many_jobs_in_one_call(ada: Caller, client: Client) -> None:
    uploads = [await ada.upload(f"seconds {10 + n}".encode()) for n in range(3)]
    videos: list[dict[str, Any]] = [{"video_url": u["video_url"]} for u in uploads]
    videos[1]["title"] = "The second"
    videos.insert(1, {"video_url": "upload://upload_missing"})
    headers = {"Idempotency-Key": "a batch"}
    response = await ada.call("POST", "/api/v1/batches", json={"videos": videos}, headers=headers)
    answer = await response.json()
    assert response.status == 202
    items = answer["items"]
    assert [item["job"] is not None for item in items] == [True, False, True, True]
    assert (items[1]["error"]["error"], items[1]["error"]["field"]) == ("not_found", "video_url")
    again = await ada.call("POST", "/api/v1/batches", json={"videos": videos}, headers=headers)
    assert await again.json() == answer
    made = {item["job"]["job_id"] for item in items if item["job"]}
    assert set(await ids(ada, f"jobs?batch_id={answer['batch_id']}")) == made
    for job_id in made:
        job = await ada.until(job_id)
        assert (job["status"], job["batch_id"]) == ("completed", answer["batch_id"])
    bob = await make_caller(client, account="bob")
    assert await ids(bob, f"jobs?batch_id={answer['batch_id']}") == []


async def test_an_error_of_one_video_hides_no_job_of_a_batch(
    ada: Caller, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def submit(*given: Any) -> Submitted:
        if given[-1].title == "broken":
            raise LookupError("no such thing")
        await asyncio.sleep(0.1)  # still at work when another has failed
        return await real(*given)

    real = jobs.submit
    monkeypatch.setattr(jobs, "submit", submit)
    videos = [
        {"video_url": (await ada.upload(b"seconds 10"))["video_url"], "title": title}
        for title in ("broken", "whole")
    ]
    headers = {"Idempotency-Key": "half a batch"}
    response = await ada.call("POST", "/api/v1/batches", json={"videos": videos}, headers=headers)
    broken, whole = (await response.json())["items"]
    assert await ids(ada, "jobs") == [whole["job"]["job_id"]]
    told = broken["error"]["error"], broken["error"]["request_id"]
    assert told == ("server_error", response.headers["X-Request-Id"])
    assert "LookupError: no such thing" in caplog.text
    response = await ada.call("POST", "/api/v1/batches", json={"videos": videos[:1]})
    assert response.status == 500  # the batch has no other video


NO_BATCHES: list[list[Any]] = [
    [],
    [{"video_url": "https://example.com/a.mp4"}] * 21,
    [{"video_url": "https://example.com/a.mp4"}, {"video_url": 3}],
    [{"video_url": "https://example.com/a.mp4", "qualty": "best"}],
]


async def test_a_batch_that_cannot_be_read_makes_no_job(ada: Caller) -> None:
    for videos in NO_BATCHES:
        await ada.post("/api/v1/batches", {"videos": videos}, 400)
    assert await ids(ada, "jobs") == []
