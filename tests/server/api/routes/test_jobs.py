"""The documented answers, field by field; pages; what expires; mode whole."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from caller import Caller, Serve, Sweep, make_caller
from fake_engine import FakeEngine
from server_settings import changed
from yarl import URL

from klipfast_server.core.config import Config
from klipfast_server.files.storage import Storage
from klipfast_server.store.database import Database

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


async def test_every_option_reaches_the_pipeline(ada: Caller, db: Database) -> None:
    job_id = await ada.submit(
        30,
        quality="best",
        caption_style="karaoke",
        language="auto",
        clip_count=3,
        min_duration=10,
        max_duration=45.5,
        aspect_ratio="1:1",
    )
    stored = await db.pool.fetchval("SELECT options::text FROM jobs WHERE job_id = $1", job_id)
    from klipfast_server.schema.vocabulary import from_text
    from pipeline.core.data import Options

    assert from_text(stored, Options) == Options(
        quality="best",
        caption_style="karaoke",
        language=None,
        clip_count=3,
        min_duration_s=10.0,
        max_duration_s=45.5,
        aspect_ratio="1:1",
    )


async def test_a_completed_job_has_every_field(ada: Caller) -> None:
    job = await ada.done(12, language="de")
    [clip] = job.pop("clips")
    for name in ("created_at", "started_at", "finished_at", "source_expires_at"):
        assert TIME.fullmatch(job.pop(name))
    assert re.fullmatch(r"job_\w{22}", job.pop("job_id"))
    assert job == {
        "status": "completed",
        "text_outputs": {
            "twitter_thread": "1/ Word0.",
            "linkedin_post": "Word0.",
            "blog_post": "# Word0",
        },
        "title": "video",
        "video_url": f"upload://{job['upload_id']}",
        "file_name": "video",
        "upload_id": job["upload_id"],
        "options": {
            "mode": "clips",
            "quality": "balanced",
            "brand_id": None,
            "caption_style": "white_bold",
            "language": "de",
            "clip_count": None,
            "min_duration": 15.0,
            "max_duration": 90.0,
            "aspect_ratio": "9:16",
            "layout": "auto",
            "motion": "subtle",
            "safe_area": "standard",
            "keywords": [],
            "prompt": "",
            "kinds": [],
            "range": None,
            "hook_title": False,
            "emphasis": False,
            "emoji": False,
            "remove_silences": None,
            "remove_fillers": False,
            "profanity": "keep",
            "own_transcript": False,
            "vocabulary": [],
            "clean_video": False,
            "text_outputs": ["twitter_thread", "linkedin_post", "blog_post"],
            "text_options": {"length": "normal", "hook": 1, "tone": "", "link": ""},
        },
        "paused_at": None,
        "deletes_at": None,
        "estimated_seconds": None,
        "clip_count": 1,
        "clip_total": 1,
        "priority": "normal",
        "batch_id": None,
        "span_of": None,
        "reel_of": None,
        "stage": None,
        "progress": 1.0,
        "language": "de",
        "coverage": {
            "speech_seconds": 10.0,
            "transcribed_seconds": 10.0,
            "unintelligible": [],
            "doubtful_seconds": 0.0,
        },
        "source": {"duration_seconds": 12.0, "width": 1280, "height": 720, "fps": 29.97},
        "error": None,
        "metadata": {},
        "rerender_of": None,
        "rewrite_of": None,
        "transcript_removed_at": None,
        "warnings": [],
    }
    assert re.fullmatch(r"clip_\w{22}", clip.pop("clip_id"))
    assert clip.pop("download_url").startswith("http://127.0.0.1:")
    assert clip["thumbnail_url"].startswith("http://127.0.0.1:")
    assert clip.pop("thumbnail_urls") == [clip.pop("thumbnail_url")]
    assert clip.pop("captions_url").startswith("http://127.0.0.1:")
    assert clip == {
        "title": "The best moment 0",
        "virality_score": 80,
        "duration_seconds": 10,
        "duration": 9.5,
        "lead_in_seconds": 0.0,
        "start_seconds": 0.0,
        "end_seconds": 9.5,
        "score": {"hook": 0.1, "flow": 0.2, "value": 0.3, "energy": 0.4},
        "reason": "It begins with a question.",
        "transcript": "Word0.",
        "description": "It is about a word.",
        "hashtags": ["#word"],
        "title_variants": [{"kind": "claim", "title": "The best moment 0"}],
        "kind": "story",
        "confidence": 0.75,
        "captions": "drawn",
        "clean_url": None,
        "feedback": None,
    }


async def test_a_queued_job_has_the_same_fields(ada: Caller, engine: FakeEngine) -> None:
    ended = await ada.done(10)
    engine.hold("listen")
    waiting = await ada.get(f"/api/v1/jobs/{await ada.submit(20)}")
    assert list(waiting) == list(ended)
    assert waiting["text_outputs"] == {"twitter_thread": "", "linkedin_post": "", "blog_post": ""}
    assert (waiting["clips"], waiting["finished_at"]) == ([], None)


async def test_a_clip_has_every_field_and_expires_with_the_plan(ada: Caller) -> None:
    job = await ada.done(10)
    [inside] = job["clips"]
    clip = await ada.get(f"/api/v1/clips/{inside['clip_id']}")
    assert list(clip)[:9] == [
        "clip_id",
        "job_id",
        "title",
        "virality_score",
        "duration_seconds",
        "resolution",
        "caption_style",
        "download_url",
        "expires_at",
    ]
    assert clip["job_id"] == job["job_id"]
    assert (clip["resolution"], clip["caption_style"]) == ("1080x1920", "white_bold")
    assert inside.items() <= clip.items()
    expires_in = datetime.fromisoformat(clip["expires_at"]) - datetime.now(UTC)
    assert timedelta(days=89, hours=23) < expires_in <= timedelta(days=90)


async def test_links_begin_with_the_public_url_where_one_is_set(
    serve: Serve, config: Config
) -> None:
    public = changed(config, "server", public_url="https://clips.example.org/")
    ada = await make_caller(await serve(public))
    [clip] = (await ada.done(10))["clips"]
    for name in ("download_url", "thumbnail_url"):
        assert clip[name].startswith("https://clips.example.org/files/clips/")


async def pages(caller: Caller, limit: int) -> list[list[str]]:
    """Job ids page by page."""
    found, cursor = [], ""
    while True:
        page = await caller.get(f"/api/v1/jobs?limit={limit}&cursor={cursor}")
        assert list(page) == ["jobs", "next_cursor", "has_more"]
        found.append([line["job_id"] for line in page["jobs"]])
        if not page["has_more"]:
            assert page["next_cursor"] is None
            return found
        cursor = page["next_cursor"]


async def test_jobs_are_listed_newest_first_in_pages(ada: Caller) -> None:
    made = [await ada.submit(10, clip_count=count) for count in range(1, 6)]
    assert await pages(ada, 2) == [made[:2:-1], made[2:0:-1], made[:1]]
    assert await pages(ada, 5) == [made[::-1]]
    for wrong in ("0", "101", "-1", "ten", "1.5", "9999999999999999999999", "%D9%A1", "1e1", ""):
        assert (await ada.get(f"/api/v1/jobs?limit={wrong}", 400))["field"] == "limit"
    cursor = (await ada.get("/api/v1/jobs?limit=1"))["next_cursor"]
    await ada.submit(10, clip_count=9)  # a page stays where it was
    page = await ada.get(f"/api/v1/jobs?limit=2&cursor={cursor}")
    assert [line["job_id"] for line in page["jobs"]] == [made[3], made[2]]
    [first, *_] = (await ada.get("/api/v1/jobs"))["jobs"]
    assert list(first)[:3] == ["job_id", "status", "created_at"]
    assert TIME.fullmatch(first["created_at"])


async def test_jobs_of_the_same_moment_are_each_listed_once(ada: Caller, db: Database) -> None:
    made = {await ada.submit(10, clip_count=count) for count in range(1, 6)}
    await db.pool.execute("UPDATE jobs SET created_at = '2026-04-15T10:00:00.123456Z'")
    listed = [job_id for page in await pages(ada, 2) for job_id in page]
    assert len(listed) == len(made)
    assert set(listed) == made


async def swept(sweep: Sweep) -> tuple[int, int]:
    """How many clips and uploads a sweep has deleted."""
    tally = await sweep()
    return tally.of("clips").rows, tally.of("uploads").rows


async def test_what_has_expired_is_gone_with_its_files(
    ada: Caller, db: Database, config: Config, sweep: Sweep
) -> None:
    job = await ada.done(20)
    kept, gone = job["clips"]
    await db.pool.execute("UPDATE clips SET expires_at = now() WHERE clip_id = $1", gone["clip_id"])
    await ada.get(f"/api/v1/clips/{gone['clip_id']}", status=404)
    assert await swept(sweep) == (1, 0)
    files = [path.stem for path in (config.server.data_dir / "storage").rglob("*.mp4")]
    assert files == [kept["clip_id"]]
    [left] = (await ada.get(f"/api/v1/jobs/{job['job_id']}"))["clips"]
    assert left["clip_id"] == kept["clip_id"]


async def test_up_to_three_thumbnails_are_served_and_go_with_their_clip(
    ada: Caller, engine: FakeEngine, db: Database, config: Config, sweep: Sweep
) -> None:
    engine.pictures = 3
    job = await ada.done(20)
    inside, other = job["clips"]
    clip = await ada.get(f"/api/v1/clips/{inside['clip_id']}")
    for shown in (inside, clip):
        assert shown["thumbnail_urls"][0] == shown["thumbnail_url"]
        assert len(set(shown["thumbnail_urls"])) == 3
    for n, link in enumerate(clip["thumbnail_urls"]):
        response = await ada.client.get(URL(link).relative())
        assert (response.status, response.content_type) == (200, "image/jpeg")
        assert await response.read() == b"\xff\xd8 picture" + b" of others" * n
    stored = config.server.data_dir / "storage"
    size = await db.pool.fetchval(
        "SELECT size_bytes FROM clips WHERE clip_id = $1", clip["clip_id"]
    )
    assert size == sum(path.stat().st_size for path in stored.rglob(f"{clip['clip_id']}*"))
    await db.pool.execute("UPDATE clips SET expires_at = now() WHERE clip_id = $1", clip["clip_id"])
    await sweep()
    left = {path.name.partition(".")[0] for path in stored.rglob("*.*")}
    assert left == {other["clip_id"]}
    await ada.call("DELETE", f"/api/v1/jobs/{job['job_id']}")
    assert list(stored.rglob("*.jpg")) == []


async def test_one_sweep_removes_all_that_has_expired_past_what_cannot_be_removed(
    ada: Caller, db: Database, storage: Storage, sweep: Sweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = (await ada.done(20))["job_id"]
    await db.pool.execute(
        """
        INSERT INTO clips
        SELECT (jsonb_populate_record(c, jsonb_build_object(
            'clip_id', 'clip_' || n, 'ordinal', n, 'home_ordinal', n,
            'file_key', 'clips/old/' || n || '.mp4',
            'thumbnail_key', 'clips/old/' || n || '.jpg',
            'expires_at', now() - interval '1 day' + make_interval(secs => n)))).*
        FROM clips c, generate_series(2, 251) n
        WHERE c.job_id = $1 AND c.ordinal = 0
        """,
        job_id,
    )
    await db.pool.execute(
        """
        INSERT INTO uploads
        SELECT (jsonb_populate_record(u, jsonb_build_object(
            'upload_id', 'upload_' || n, 'expires_at', now()))).*
        FROM uploads u, generate_series(1, 250) n
        """
    )
    stuck = {f"clips/old/{n}.mp4" for n in range(2, 102)}  # those that expired first
    tried = []

    async def delete(key: str) -> None:
        tried.append(key)
        if key in stuck:
            raise OSError("The bucket refuses.")

    with monkeypatch.context() as patched:
        patched.setattr(storage, "delete", delete)
        assert await swept(sweep) == (150, 250)
    assert [key for key in tried if key.endswith(".mp4")] == [
        f"clips/old/{n}.mp4" for n in range(2, 252)
    ]
    assert await swept(sweep) == (100, 0)
    assert len((await ada.get(f"/api/v1/jobs/{job_id}"))["clips"]) == 2


async def test_an_expired_upload_is_kept_while_a_job_needs_it(
    ada: Caller, db: Database, config: Config, engine: FakeEngine, sweep: Sweep
) -> None:
    engine.hold("listen")
    job_id = await ada.submit(10, keep_source=False)
    await db.pool.execute("UPDATE uploads SET expires_at = now()")
    assert await swept(sweep) == (0, 0)
    engine.let_go("listen")
    await ada.until(job_id)
    assert await swept(sweep) == (0, 1)
    assert list((config.server.data_dir / "uploads").iterdir()) == []


async def submitted(caller: Caller, seconds: float, status: int = 202, **options: object) -> Any:
    """What the answer to a whole video of a length is."""
    upload = await caller.upload(f"seconds {seconds}".encode())
    body = {"video_url": upload["video_url"], "mode": "whole", **options}
    return await caller.post("/api/v1/process", body, status)


async def test_the_options_say_that_it_is_whole(ada: Caller) -> None:
    job = await ada.until((await submitted(ada, 20, clip_count=1))["job_id"])
    assert job["options"]["mode"] == "whole"


async def test_a_long_source_is_refused_before_anything_is_heard(
    ada: Caller, engine: FakeEngine
) -> None:
    refused = await submitted(ada, 181, 422)
    assert (refused["reason"], refused["field"]) == ("too_long", "mode")
    assert "181.0 s" in refused["message"]
    refused = await submitted(ada, 400, 422, range={"start": 10, "end": 200})
    assert "range has 190.0 s" in refused["message"]
    await submitted(ada, 180.4)  # sound that ends a little after the picture
    await submitted(ada, 400, range={"start": 10, "end": 190})
    await submitted(ada, 120, range={"start": 10, "end": 400})
    assert engine.calls.count("listen") <= 3


async def test_what_says_which_moments_are_picked_is_refused(ada: Caller) -> None:
    wrong = {"clip_count": 2, "keywords": ["bread"], "prompt": "bread", "kinds": ["story"]}
    for field, value in wrong.items():
        refused = await submitted(ada, 20, 400, **{field: value})
        assert (refused["field"], "picks no moments" in refused["message"]) == (field, True)
