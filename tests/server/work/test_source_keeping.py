"""Sources are kept for their clips: clips of any span, again and later, and the room they take."""

import io
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from caller import Caller, Client, files_below
from fake_engine import FakeEngine

from klipfast_server.api import app_keys
from klipfast_server.core.config import Config
from klipfast_server.store.database import Database
from klipfast_server.work import retention

Serve = Callable[[Config], Awaitable[Client]]
TALK = b"seconds 40 " + b"x" * 1_900_000  # counted as two MB


class Site:
    """A web server that has one talk, until it has not."""

    def __init__(self) -> None:
        self.asked = 0
        self.content: bytes | None = TALK
        self.url = ""

    async def talk(self, _request: web.Request) -> web.Response:
        """Answer with the talk."""
        self.asked += 1
        if self.content is None:
            raise web.HTTPNotFound
        return web.Response(body=self.content, content_type="video/mp4")


@pytest.fixture
async def site(aiohttp_server: Callable[[web.Application], Awaitable[TestServer]]) -> Site:
    """The server with the talk."""
    found, app = Site(), web.Application()
    app.router.add_get("/talks/{name}", found.talk)
    found.url = str((await aiohttp_server(app)).make_url("/talks/The%20talk.mov?token=secret"))
    return found


@pytest.fixture
def config(config: Config) -> Config:
    """Private addresses are allowed, and the plan has little storage."""
    plan = msgspec.structs.replace(config.plans["business"], storage_mb=5)
    return msgspec.structs.replace(
        config,
        sources=msgspec.structs.replace(config.sources, allow_private=True),
        plans=config.plans | {"business": plan},
    )


async def processed(caller: Caller, site: Site, **options: object) -> Any:
    """The job of the talk, once it has ended."""
    body = {"video_url": site.url, **options}
    accepted = await caller.post("/api/v1/process", body, 202)
    return await caller.until(accepted["job_id"])


async def a_span(caller: Caller, job_id: str, **body: object) -> tuple[Any, Any]:
    """What the call answered, and the job, once it has ended."""
    answer = await caller.post(f"/api/v1/jobs/{job_id}/clips", body, 202)
    return answer, await caller.until(answer["job_id"])


async def kept_bytes(caller: Caller) -> int:
    """MB that the account uses."""
    used: int = (await caller.get("/api/v1/usage"))["storage_used_mb"]
    return used


async def test_a_clip_of_any_span_needs_no_download_and_no_hearing(
    ada: Caller, site: Site, engine: FakeEngine
) -> None:
    job = await processed(ada, site)
    assert job["file_name"] == "The talk.mov"
    assert (job["title"], "secret" in job["file_name"]) == ("The talk", False)
    assert job["source_expires_at"] is not None
    assert await kept_bytes(ada) == 2
    site.content, asked = None, site.asked
    engine.calls.clear()
    answer, made = await a_span(ada, job["job_id"], start_seconds=4.0, end_seconds=27.5)
    assert (made["status"], made["span_of"]) == ("completed", job["job_id"])
    [clip] = made["clips"]
    assert clip["clip_id"] == answer["clip_id"]
    assert (clip["start_seconds"], clip["end_seconds"], clip["duration_seconds"]) == (4, 27.5, 24)
    assert (clip["title"], clip["virality_score"]) == ("A span of one's own", 50)
    assert clip["transcript"] == "Word0. Word1. Word2."
    assert site.asked == asked
    assert "listen" not in engine.calls
    used = await ada.get("/api/v1/usage")
    assert used["minutes_used"] == pytest.approx(40 / 60, abs=0.01)  # a span is free


async def test_a_span_keeps_the_title_and_options_it_is_given(ada: Caller, site: Site) -> None:
    job = await processed(ada, site, caption_style="karaoke")
    _, made = await a_span(
        ada,
        job["job_id"],
        start_seconds=1.0,
        end_seconds=8.0,
        title="My own title",
        aspect_ratio="1:1",
    )
    clip = await ada.get(f"/api/v1/clips/{made['clips'][0]['clip_id']}")
    assert (clip["title"], clip["caption_style"]) == ("My own title", "karaoke")
    assert made["options"]["aspect_ratio"] == "1:1"


async def test_a_candidate_that_is_asked_for_keeps_its_score(
    ada: Caller, site: Site, engine: FakeEngine
) -> None:
    job = await processed(ada, site)
    found = await ada.get(f"/api/v1/jobs/{job['job_id']}/candidates")
    first = found["candidates"][0]
    assert (first["fate"], first["clip_id"]) == ("chosen", job["clips"][0]["clip_id"])
    assert first["virality_score"] == job["clips"][0]["virality_score"]
    bounds = {name: first[name] for name in ("start_seconds", "end_seconds")}
    _, made = await a_span(ada, job["job_id"], **bounds, caption_style="karaoke")
    assert made["clips"][0]["virality_score"] == first["virality_score"]
    assert made["clips"][0]["reason"] == first["reason"]
    assert "describe" not in engine.calls


async def test_a_span_outside_the_source_is_refused(ada: Caller, site: Site) -> None:
    path = f"/api/v1/jobs/{(await processed(ada, site))['job_id']}/clips"
    for start_s, end_s, field in (
        (30.0, 41.0, "end_seconds"),
        (50.0, 60.0, "start_seconds"),
        (10.0, 10.5, "end_seconds"),
        (20.0, 10.0, "end_seconds"),
        (0.0, 400.0, "end_seconds"),
    ):
        body = {"start_seconds": start_s, "end_seconds": end_s}
        assert (await ada.post(path, body, 400))["field"] == field


async def test_a_source_that_is_gone_is_told_from_one_that_has_changed(
    ada: Caller, site: Site, engine: FakeEngine
) -> None:
    job = await processed(ada, site, keep_source=False)
    assert job["source_expires_at"] is None
    assert await kept_bytes(ada) == 1  # the clips
    path = f"/api/v1/jobs/{job['job_id']}/clips"
    _, again = await a_span(ada, job["job_id"], start_seconds=1.0, end_seconds=8.0)
    assert again["status"] == "completed"  # the URL still leads to it
    site.content = b"seconds 41"
    changed = await ada.until(
        (await ada.post(path, {"start_seconds": 2, "end_seconds": 8}, 202))["job_id"]
    )
    assert changed["error"]["reason"] == "source_changed"
    upload = await ada.upload(b"seconds 20")
    accepted = await ada.post(
        "/api/v1/process", {"video_url": upload["video_url"], "keep_source": False}, 202
    )
    await ada.until(accepted["job_id"])
    assert (await ada.call("DELETE", f"/api/v1/uploads/{upload['upload_id']}")).status == 204
    body = {"start_seconds": 1, "end_seconds": 8}
    gone = await ada.post(f"/api/v1/jobs/{accepted['job_id']}/clips", body, 422)
    assert gone["reason"] == "source_gone"
    assert "describe" in engine.calls


async def test_an_upload_lasts_as_long_as_its_clips(
    ada: Caller, client: Client, db: Database, config: Config
) -> None:
    job = await ada.until(await ada.submit(20))
    ends_at = await db.pool.fetchval("SELECT max(expires_at) FROM clips")
    assert await db.pool.fetchval("SELECT expires_at FROM uploads") == ends_at
    await db.pool.execute("UPDATE clips SET expires_at = now()")
    await db.pool.execute("UPDATE uploads SET expires_at = now()")
    assert client.app is not None
    await retention.sweep(db, client.app[app_keys.STORAGE], config)
    assert files_below(config.server.data_dir / "uploads") == []
    body = {"start_seconds": 1, "end_seconds": 8}
    assert (await ada.post(f"/api/v1/jobs/{job['job_id']}/clips", body, 422))["reason"]


async def test_kept_sources_give_way_to_what_is_needed(
    ada: Caller, site: Site, config: Config
) -> None:
    jobs = [await processed(ada, site, clip_count=count) for count in (1, 2, 3)]
    kept = [(await ada.get(f"/api/v1/jobs/{j['job_id']}"))["source_expires_at"] for j in jobs]
    assert [bool(expires) for expires in kept] == [False, True, True]  # five MB have room for two
    assert len(files_below(config.server.data_dir / "uploads")) <= 3  # the sweep deletes the first
    upload = await ada.upload(b"seconds 10 " + b"x" * 3_000_000)
    assert upload["given_up_sources"] == [jobs[1]["job_id"]]
    kept = [(await ada.get(f"/api/v1/jobs/{j['job_id']}"))["source_expires_at"] for j in jobs]
    assert [bool(expires) for expires in kept] == [False, False, True]
    assert await kept_bytes(ada) <= 5


async def test_a_file_that_is_refused_or_never_comes_costs_no_kept_source(
    ada: Caller, site: Site
) -> None:
    job = await processed(ada, site)
    assert (job["source_expires_at"] is None, await kept_bytes(ada)) == (False, 2)
    tus = {"Tus-Resumable": "1.0.0"}
    token = await ada.post("/api/v1/upload-tokens", {"max_bytes": 1000}, 201)
    by_token = {"Authorization": f"Bearer {token['token']}"}
    brand = await ada.post("/api/v1/brands", {"name": "Ada's"}, 201)
    font = f"/api/v1/brands/{brand['brand_id']}/font"

    async def refused(method: str, path: str, size_bytes: int, status: int, **headers: str) -> None:
        answer = await ada.call(method, path, data=io.BytesIO(bytes(size_bytes)), headers=headers)
        assert answer.status == status, await answer.text()

    await refused("POST", "/api/v1/uploads", 3_900_000, 422)  # nothing but zeros
    await refused("POST", "/api/v1/uploads", 6_000_000, 403)
    await refused("POST", "/api/v1/uploads", 3_900_000, 400, **by_token)
    await refused("PUT", font, 3_900_000, 422)
    begun = "/api/v1/resumable-uploads"
    await refused("POST", begun, 0, 400, **tus, **by_token, **{"Upload-Length": "3900000"})
    await refused("POST", begun, 0, 201, **tus, **{"Upload-Length": "3900000"})  # and never sent
    assert (await ada.get(f"/api/v1/jobs/{job['job_id']}"))["source_expires_at"] is not None


async def test_the_last_piece_of_a_file_tells_whose_source_gave_way(
    ada: Caller, site: Site
) -> None:
    job = await processed(ada, site)
    content = b"seconds 10 " + b"x" * 3_900_000
    tus = {"Tus-Resumable": "1.0.0"}
    begun = await ada.call(
        "POST",
        "/api/v1/resumable-uploads",
        headers=tus | {"Upload-Length": str(len(content))},
    )
    headers = tus | {"Content-Type": "application/offset+octet-stream"}
    for at, end in ((0, 1000), (1000, len(content))):
        offset = {"Upload-Offset": str(at)}
        sent = await ada.call(
            "PATCH",
            begun.headers["Location"],
            data=io.BytesIO(content[at:end]),
            headers=headers | offset,
        )
        told = sent.headers.get("Given-Up-Sources", "")
        kept = (await ada.get(f"/api/v1/jobs/{job['job_id']}"))["source_expires_at"]
        is_last = end == len(content)
        assert (told, kept is None) == (job["job_id"] if is_last else "", is_last)


async def test_a_source_larger_than_the_plan_is_not_kept_and_the_job_says_so(
    ada: Caller, site: Site, config: Config
) -> None:
    site.content = b"seconds 20 " + b"x" * 6_000_000
    job = await processed(ada, site)
    assert job["status"] == "completed"
    assert [w["code"] for w in job["warnings"]] == ["source_not_kept"]
    assert files_below(config.server.data_dir / "uploads") == []


async def test_a_deleted_job_leaves_no_source(ada: Caller, site: Site, config: Config) -> None:
    job = await processed(ada, site)
    _, span = await a_span(ada, job["job_id"], start_seconds=1.0, end_seconds=8.0)
    await ada.call("DELETE", f"/api/v1/jobs/{job['job_id']}")
    assert files_below(config.server.data_dir / "uploads") == ["source"]  # the span's, too
    await ada.call("DELETE", f"/api/v1/jobs/{span['job_id']}")
    assert (
        files_below(config.server.data_dir) == []
        or files_below(config.server.data_dir / "uploads") == []
    )
    assert await kept_bytes(ada) == 0
