"""The developer documentation, line by line: each row of its error table, each field it shows."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import msgspec
import pytest
from caller import Caller, Client, make_caller
from fake_engine import FakeEngine

from klipfast_server.core.config import Config

Serve = Callable[[Config], Awaitable[Client]]
Check = Callable[[Any], bool]

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def is_text(value: Any) -> bool:
    """A text that says something."""
    return isinstance(value, str) and value != ""


def is_time(value: Any) -> bool:
    """Such as 2026-04-15T10:00:00Z."""
    return isinstance(value, str) and TIME.fullmatch(value) is not None


def is_day(value: Any) -> bool:
    """Such as 2026-04-01."""
    return isinstance(value, str) and date.fromisoformat(value).isoformat() == value


def is_whole(value: Any) -> bool:
    """A number without a point, not below 0."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def is_number(value: Any) -> bool:
    """Any number, not below 0."""
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


def is_link(value: Any) -> bool:
    """An address of a file."""
    return isinstance(value, str) and value.startswith("http") and ".mp4" in value


def one_of(*words: str) -> Check:
    """One of a few words."""
    return lambda value: value in words


def an_id(kind: str) -> Check:
    """Such as job_abc123."""
    return lambda value: re.fullmatch(rf"{kind}_[A-Za-z0-9]+", value) is not None


STATUSES = ("queued", "processing", "completed", "failed", "canceled")
# answer → path of a field in it → what it must be
FIELDS: dict[str, dict[str, Check]] = {
    "process": {
        "job_id": an_id("job"),
        "status": one_of("queued"),
        "created_at": is_time,
        "estimated_seconds": is_whole,
    },
    "job": {
        "job_id": an_id("job"),
        "status": one_of("completed"),
        "clips.0.clip_id": an_id("clip"),
        "clips.0.title": is_text,
        "clips.0.virality_score": lambda value: is_whole(value) and value <= 100,
        "clips.0.duration_seconds": is_number,
        "clips.0.download_url": is_link,
        "text_outputs.twitter_thread": lambda value: is_text(value) and value.startswith("1/ "),
        "text_outputs.linkedin_post": is_text,
        "text_outputs.blog_post": lambda value: is_text(value) and value.startswith("# "),
    },
    "jobs": {
        "jobs.0.job_id": an_id("job"),
        "jobs.0.status": one_of(*STATUSES),
        "jobs.0.created_at": is_time,
        "next_cursor": is_text,
        "has_more": lambda value: value is True,
    },
    "clip": {
        "clip_id": an_id("clip"),
        "job_id": an_id("job"),
        "title": is_text,
        "virality_score": lambda value: is_whole(value) and value <= 100,
        "duration_seconds": is_number,
        "resolution": one_of("1080x1920"),
        "caption_style": one_of("white_bold"),
        "download_url": is_link,
        "expires_at": is_time,
    },
    "usage": {
        "plan": one_of("business"),
        "period_start": is_day,
        "period_end": is_day,
        "minutes_used": is_number,
        "minutes_limit": is_whole,
        "storage_used_mb": is_whole,
        "storage_limit_mb": is_whole,
        "credits_remaining": is_whole,
    },
}


@pytest.fixture
async def answers(ada: Caller) -> dict[str, Any]:
    """The five documented answers of a server at work."""
    upload = await ada.upload(b"seconds 30")
    asked = {
        "video_url": upload["video_url"],
        "quality": "balanced",
        "caption_style": "white_bold",
        "language": "en",
    }
    process = await ada.post("/api/v1/process", asked, 202)
    job = await ada.until(process["job_id"])
    await ada.submit(20)
    return {
        "process": process,
        "job": job,
        "jobs": await ada.get("/api/v1/jobs?limit=1"),
        "clip": await ada.get(f"/api/v1/clips/{job['clips'][0]['clip_id']}"),
        "usage": await ada.get("/api/v1/usage"),
    }


async def test_every_documented_field_is_there_with_its_type(answers: dict[str, Any]) -> None:
    wrong = {
        f"{answer}: {path}": value
        for answer, fields in FIELDS.items()
        for path, check in fields.items()
        if not check(value := _at(answers[answer], path))
    }
    assert wrong == {}


@pytest.mark.parametrize(
    ("answer", "path"), [(answer, path) for answer, fields in FIELDS.items() for path in fields]
)
def test_field_is_named_in_the_document(answer: str, path: str, documentation: str) -> None:
    assert f'"{path.rsplit(".", 1)[-1]}":' in documentation, answer


def _at(value: Any, path: str) -> Any:
    for name in path.split("."):
        value = value[int(name)] if isinstance(value, list) else value[name]
    return value


@pytest.fixture(scope="session")
def documentation() -> str:
    """The documentation as it was handed to us; it is no part of the project."""
    from project_paths import ROOT

    path = ROOT.parent / "shared" / "seeds" / "klipfast-developer-docs.txt"
    if not path.is_file():
        pytest.skip("the developer documentation (../shared/seeds) is not here")
    return path.read_text()


# The rows of the error table. Each gives (status, body) of a call that must end so.
Row = Callable[["Rows"], Awaitable[tuple[int, Any]]]


class Rows:
    """What the rows need to come about."""

    def __init__(self, serve: Serve, config: Config, engine: FakeEngine) -> None:
        self._serve, self._config, self._engine = serve, config, engine

    async def caller(self, plan: str = "pro", **changes: int) -> Caller:
        """Somebody on that plan, changed for the occasion."""
        changed = msgspec.structs.replace(self._config.plans[plan], **changes)
        config = msgspec.structs.replace(self._config, plans=self._config.plans | {plan: changed})
        return await make_caller(await self._serve(config), plan=plan)

    async def bad_request(self) -> tuple[int, Any]:
        """Missing or invalid request parameters."""
        return await _answer(await self.caller(), "POST", "/api/v1/process", json={})

    async def unauthorized(self) -> tuple[int, Any]:
        """Invalid or missing API key."""
        stranger = Caller(client=(await self.caller()).client, key="kf_live_sk_" + "x" * 32)
        return await _answer(stranger, "GET", "/api/v1/usage")

    async def forbidden(self) -> tuple[int, Any]:
        """Your plan does not have access to this endpoint."""
        return await _answer(await self.caller("free"), "GET", "/api/v1/usage")

    async def not_found(self) -> tuple[int, Any]:
        """The job or clip ID was not found."""
        caller = await self.caller()
        await _answer(caller, "GET", "/api/v1/clips/clip_xyz")
        return await _answer(caller, "GET", "/api/v1/jobs/job_abc123")

    async def conflict(self) -> tuple[int, Any]:
        """Job is already being processed."""
        caller = await self.caller()
        self._engine.hold("listen")
        upload = await caller.upload(b"seconds 30")
        asked = {"video_url": upload["video_url"]}
        first = await caller.post("/api/v1/process", asked, 202)
        status, body = await _answer(caller, "POST", "/api/v1/process", json=asked)
        self._engine.let_go("listen")
        assert body["job_id"] == first["job_id"]
        return status, body

    async def unprocessable(self) -> tuple[int, Any]:
        """Video format is unsupported or file is corrupted."""
        return await _answer(await self.caller(), "POST", "/api/v1/uploads", data=b"<html>")

    async def rate_limited(self) -> tuple[int, Any]:
        """Too many requests."""
        caller = await self.caller(requests_per_minute=1)
        await _answer(caller, "GET", "/api/v1/usage")
        return await _answer(caller, "GET", "/api/v1/usage")

    async def server_error(self) -> tuple[int, Any]:
        """Internal server error; nothing of its cause is told."""
        caller = await self.caller()
        self._engine.caption_styles = None  # type: ignore[assignment]
        asked = {"video_url": "https://example.com/video.mp4"}
        return await _answer(caller, "POST", "/api/v1/process", json=asked)


async def _answer(caller: Caller, method: str, path: str, **options: Any) -> tuple[int, Any]:
    response = await caller.call(method, path, **options)
    for name in ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"):
        assert response.headers[name].isdigit()
    return response.status, await response.json()


TABLE = {
    400: Rows.bad_request,
    401: Rows.unauthorized,
    403: Rows.forbidden,
    404: Rows.not_found,
    409: Rows.conflict,
    422: Rows.unprocessable,
    429: Rows.rate_limited,
    500: Rows.server_error,
}


@pytest.mark.parametrize(
    ("status", "row"), TABLE.items(), ids=[f"{s}-{row.__name__}" for s, row in TABLE.items()]
)
async def test_row(status: int, row: Row, serve: Serve, config: Config, engine: FakeEngine) -> None:
    told, body = await asyncio.wait_for(row(Rows(serve, config, engine)), 20)
    assert (told, body["error"]) == (status, row.__name__)
    assert is_text(body["message"])
    assert an_id("req")(body["request_id"])
    assert "Traceback" not in body["message"]


def test_every_row_of_the_table_has_a_test(documentation: str) -> None:
    rows = re.findall(r"\| (\d{3}) \| (\w+) \|", documentation)
    assert {(str(status), row.__name__) for status, row in TABLE.items()} == set(rows)
