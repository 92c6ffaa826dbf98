"""The developer documentation, line by line: each row of its error table, each field it shows."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from caller import Caller, Serve, make_caller
from fake_engine import FakeEngine
from server_settings import changed

from klipfast_server.core.config import Config

EXAMPLES: dict[str, Any] = {
    "Accepted": {
        "job_id": "job_abc123",
        "status": "queued",
        "created_at": "2026-04-15T10:00:00Z",
        "estimated_seconds": 300,
    },
    "JobDetail": {
        "job_id": "job_abc123",
        "status": "completed",
        "clips": [
            {
                "clip_id": "clip_xyz",
                "title": "The best moment",
                "virality_score": 87,
                "duration_seconds": 62,
                "download_url": "https://cdn.klipfast.com/clips/clip_xyz.mp4",
            }
        ],
        "text_outputs": {
            "twitter_thread": "1/ This is the hook...",
            "linkedin_post": "Last week I learned...",
            "blog_post": "# Full blog article...",
        },
    },
    "JobList": {
        "jobs": [
            {
                "job_id": "job_abc123",
                "status": "completed",
                "created_at": "2026-04-15T10:00:00Z",
            },
            {
                "job_id": "job_def456",
                "status": "processing",
                "created_at": "2026-04-15T09:30:00Z",
            },
        ],
        "next_cursor": "cursor_opaque_token",
        "has_more": True,
    },
    "ClipDetail": {
        "clip_id": "clip_xyz",
        "job_id": "job_abc123",
        "title": "The best moment",
        "virality_score": 87,
        "duration_seconds": 62,
        "resolution": "1080x1920",
        "caption_style": "white_bold",
        "download_url": "https://cdn.klipfast.com/clips/clip_xyz.mp4",
        "expires_at": "2026-05-15T10:00:00Z",
    },
    "Usage": {
        "plan": "pro",
        "period_start": "2026-04-01",
        "period_end": "2026-04-30",
        "minutes_used": 47.5,
        "minutes_limit": 300,
        "storage_used_mb": 1240,
        "storage_limit_mb": 20480,
        "credits_remaining": 5,
    },
}
# How a text of an answer looks that the documentation shows: what an example is, its like is.
FORMS = (
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
    r"\d{4}-\d\d-\d\d",
    r"job_\w+",
    r"clip_\w+",
    r"https?://.+\.mp4.*",
    r"1/ .+",
    r"# .+",
    r"queued",
    r"completed|processing|queued",
    r"1080x1920",
    r"white_bold",
    r".+",
)


async def documented_answers(ada: Caller) -> dict[str, Any]:
    """Return the same answers of a server at work."""
    upload = await ada.upload(b"seconds 30")
    asked = {"quality": "balanced", "caption_style": "white_bold", "language": "en"}
    body = asked | {"video_url": upload["video_url"]}
    accepted = await ada.post("/api/v1/process", body, 202)
    job = await ada.until(accepted["job_id"])
    await ada.submit(20)
    return {
        "Accepted": accepted,
        "JobDetail": job,
        "JobList": await ada.get("/api/v1/jobs?limit=1"),
        "ClipDetail": await ada.get(f"/api/v1/clips/{job['clips'][0]['clip_id']}"),
        "Usage": await ada.get("/api/v1/usage"),
    }


def misfits(example: Any, found: Any, path: str = "") -> Iterator[str]:
    """Where an answer is not of the documented form."""
    if isinstance(example, dict):
        for name, value in example.items():
            yield from misfits(value, found.get(name), f"{path}.{name}")
    elif isinstance(example, list):
        yield from misfits(example[0], found[0], f"{path}.0") if found else (path,)
    elif isinstance(example, str):
        form = next(form for form in FORMS if re.fullmatch(form, example))
        if not isinstance(found, str) or not re.fullmatch(form, found, re.DOTALL):
            yield f"{path}: {found!r}"
    elif isinstance(example, bool) or isinstance(found, bool):
        if found is not example:
            yield f"{path}: {found!r}"
    elif (
        not isinstance(found, int | type(example))
        or found < 0
        or (path.endswith("virality_score") and found > 100)
    ):
        yield f"{path}: {found!r}"


async def test_every_documented_field_is_there_with_its_type(ada: Caller) -> None:
    answers = await documented_answers(ada)
    assert answers["ClipDetail"]["virality_score"] <= 100
    assert list(answers["Accepted"]) == list(EXAMPLES["Accepted"])
    assert [
        wrong
        for name, example in EXAMPLES.items()
        for wrong in misfits(example, answers[name], name)
    ] == []


def test_the_examples_are_those_of_the_document(documentation: str) -> None:
    bare = re.sub(r"\s", "", documentation)
    for example in EXAMPLES.values():
        assert re.sub(r"\s", "", json.dumps(example)) in bare


@pytest.fixture(scope="session")
def documentation() -> str:
    """The documentation as it was handed to us; it is no part of the project."""
    from project_paths import ROOT

    path = ROOT.parent / "shared" / "seeds" / "klipfast-developer-docs.txt"
    if not path.is_file():
        pytest.skip("the developer documentation (../shared/seeds) is not here")
    return path.read_text()


PROCESS, USAGE = "/api/v1/process", "/api/v1/usage"
TABLE = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    409: "conflict",
    422: "unprocessable",
    429: "rate_limited",
    500: "server_error",
}


async def test_each_row_of_the_error_table_comes_about(
    serve: Serve, config: Config, engine: FakeEngine
) -> None:
    client = await serve(changed(config, "plans.starter", requests_per_minute=1))
    ada, poor, hasty = [
        await make_caller(client, account=plan, plan=plan) for plan in ("pro", "free", "starter")
    ]
    stranger = Caller(client=client, key="kf_live_sk_" + "x" * 32)
    engine.hold("listen")
    asked = {"video_url": (await ada.upload(b"seconds 30"))["video_url"]}
    job_id = (await ada.post(PROCESS, asked, 202))["job_id"]
    await hasty.get(USAGE)

    async def told(status: int, caller: Caller, method: str, path: str, **options: Any) -> Any:
        response = await caller.call(method, path, **options)
        body = await response.json()
        assert (response.status, body["error"]) == (status, TABLE[status]), body
        assert re.fullmatch(r"req_\w+", body["request_id"])
        assert body["message"]
        assert "Traceback" not in body["message"]
        for name in ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"):
            assert response.headers[name].isdigit()
        return body

    await told(400, ada, "POST", PROCESS, json={})
    await told(401, stranger, "GET", USAGE)
    await told(403, poor, "GET", USAGE)
    await told(404, ada, "GET", "/api/v1/jobs/job_abc123")
    await told(404, ada, "GET", "/api/v1/clips/clip_xyz")
    assert (await told(409, ada, "POST", PROCESS, json=asked))["job_id"] == job_id
    await told(422, ada, "POST", "/api/v1/uploads", data=b"<html>")
    await told(429, hasty, "GET", USAGE)
    engine.caption_styles = None  # type: ignore[assignment]  # a fault of ours
    await told(500, ada, "POST", PROCESS, json={"video_url": "https://example.com/video.mp4"})
    engine.let_go("listen")


def test_the_table_is_that_of_the_document(documentation: str) -> None:
    rows = re.findall(r"\| (\d{3}) \| (\w+) \|", documentation)
    assert {(str(status), error) for status, error in TABLE.items()} == set(rows)
