"""Two servers on one database and one bucket: each makes jobs of what the other took in."""

import io
import shutil

import pytest
from caller import PIECE, TUS
from fake_engine import FakeEngine

from klipfast_server.api import app_keys
from klipfast_server.core.errors import DiskFull
from klipfast_server.files import receiving, source_files
from klipfast_server.store.intake.uploads import UPLOAD

from .conftest import STORED, Pair

TALK = b"seconds 20".ljust(9_000_000)
HALF = 5_000_000  # more than the least piece
RESUMABLE = "/api/v1/resumable-uploads"


@pytest.fixture
def not_blocked() -> None:
    """Let a server be stopped within a test: that joins threads."""


async def test_a_job_is_made_by_any_server_though_the_one_with_its_upload_is_gone(
    pair: Pair, engine: FakeEngine
) -> None:
    upload = await pair.first.upload(b"seconds 20")
    await pair.until(STORED, upload["upload_id"])
    await pair.stop_first()
    body = {"video_url": upload["video_url"]}
    job_id = (await pair.second.post("/api/v1/process", body, 202))["job_id"]
    job = await pair.second.until(job_id)
    assert (job["status"], job["clip_count"]) == ("completed", 2)
    assert await pair.second.text(f"/api/v1/jobs/{job_id}/source") == "seconds 20"
    assert engine.calls.count("listen") == 1
    key = f"uploads/{upload['upload_id']}"
    assert await pair.bucket.first_key(key) == f"{key}/source"
    await pair.second.call("DELETE", f"/api/v1/jobs/{job_id}")
    assert await pair.bucket.first_key(key) is None


async def test_an_upload_that_begins_at_one_server_ends_at_the_other(pair: Pair) -> None:
    headers = TUS | {"Upload-Length": str(len(TALK))}
    begun = await pair.first.call("POST", RESUMABLE, headers=headers)
    path = begun.headers["Location"]
    at = PIECE | {"Upload-Offset": "0"}
    sent = await pair.first.call("PATCH", path, data=io.BytesIO(TALK[:HALF]), headers=at)
    assert sent.status == 204
    await pair.until("SELECT pieces <> '[]' FROM partial_uploads")
    await pair.stop_first()
    found = await pair.second.call("HEAD", path, headers=TUS)
    assert found.headers["Upload-Offset"] == str(HALF)
    at = PIECE | {"Upload-Offset": str(HALF)}
    ended = await pair.second.call("PATCH", path, data=io.BytesIO(TALK[HALF:]), headers=at)
    assert (ended.status, ended.headers["Upload-Offset"]) == (204, str(len(TALK)))
    upload_id = path.rsplit("/", 1)[1]
    await pair.until(STORED, upload_id)
    upload = await pair.second.get(f"/api/v1/uploads/{upload_id}")
    job = await pair.second.made("/api/v1/process", {"video_url": upload["video_url"]})
    assert job["status"] == "completed"
    assert await pair.second.text(f"/api/v1/jobs/{job['job_id']}/source") == TALK.decode()
    assert await pair.bucket.first_key(f"uploads/{upload_id}/pieces") is None


async def test_back_at_the_first_server_it_goes_on_behind_what_the_other_has(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = TUS | {"Upload-Length": str(len(TALK))}
    path = (await pair.first.call("POST", RESUMABLE, headers=headers)).headers["Location"]
    third = len(TALK) // 3
    count = "SELECT jsonb_array_length(pieces) = $1 FROM partial_uploads"
    monkeypatch.setattr(source_files, "MIN_PIECE_BYTES", 1)
    for number, caller in enumerate((pair.first, pair.second, pair.first)):
        first = number * third
        at = PIECE | {"Upload-Offset": str(first)}
        piece = io.BytesIO(TALK[first : first + third])
        answer = await caller.call("PATCH", path, data=piece, headers=at)
        assert answer.status == 204, await answer.text()
        if number < 2:
            await pair.until(count, number + 1)
    upload = await pair.second.get(f"/api/v1/uploads/{path.rsplit('/', 1)[1]}")
    assert upload["size_bytes"] == len(TALK)


async def test_a_deleted_or_refused_upload_leaves_nothing_in_the_bucket(pair: Pair) -> None:
    upload = await pair.first.upload(b"seconds 20")
    await pair.until(STORED, upload["upload_id"])
    await pair.first.upload(b"no audio", 422)
    await pair.second.call("DELETE", f"/api/v1/uploads/{upload['upload_id']}")
    assert await pair.bucket.first_key(f"uploads/{upload['upload_id']}") is None


@pytest.mark.parametrize("made", ["job", "span", "render"])
async def test_a_source_that_nobody_has_any_more_is_told_as_gone(pair: Pair, made: str) -> None:
    url = await pair.shared()
    path, body = "/api/v1/process", dict[str, object](video_url=url)
    if made != "job":
        job = await pair.second.made(path, body)
        path, body = f"/api/v1/clips/{job['clips'][0]['clip_id']}/renders", {"title": "Again"}
    if made == "span":
        path, body = f"/api/v1/jobs/{job['job_id']}/clips", {"start_seconds": 1, "end_seconds": 9}
    await pair.stop_first()
    folder = pair.second.app[app_keys.CONFIG].server.data_dir / "uploads"
    shutil.rmtree(folder / url.removeprefix(UPLOAD), ignore_errors=True)
    await pair.bucket.delete(f"uploads/{url.removeprefix(UPLOAD)}")
    failed = await pair.second.made(path, body)
    assert (failed["status"], failed["error"]["code"], failed["error"]["reason"]) == (
        "failed",
        "unprocessable",
        "source_gone",
    )
    assert "send it again as a new job" in failed["error"]["message"]
    charged = (await pair.second.get("/api/v1/usage"))["minutes_used"]
    assert charged == (0 if made == "job" else 0.33)


async def test_a_copy_that_no_job_needs_makes_room_for_another(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = []
    for content in (b"seconds 20", b"seconds 30"):
        ids.append((await pair.first.upload(content))["upload_id"])
        await pair.until(STORED, ids[-1])
    await pair.stop_first()
    app = pair.second.client.app
    assert app is not None
    files = app[app_keys.SOURCE_FILES]
    copy = await files.locate(ids[0])

    def check_space(*_arguments: object) -> None:
        if copy.exists():
            raise DiskFull

    monkeypatch.setattr(receiving, "check_space", check_space)
    assert (await files.locate(ids[1])).read_bytes() == b"seconds 30"
    assert not copy.exists()
