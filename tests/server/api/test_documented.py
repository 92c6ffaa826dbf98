"""The developer documentation, line by line: each row of its error table, each field it shows."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from caller import Caller, Serve, make_caller
from documented_examples import EXAMPLES, documented_answers
from fake_engine import FakeEngine
from server_settings import changed

from klipfast_server.core.config import Config

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


# The rows of the error table. Each gives (status, body) of a call that must end so.
Row = Callable[["Rows"], Awaitable[tuple[int, Any]]]


class Rows:
    """What the rows need to come about."""

    def __init__(self, serve: Serve, config: Config, engine: FakeEngine) -> None:
        self._serve, self._config, self._engine = serve, config, engine

    async def caller(self, plan: str = "pro", **changes: int) -> Caller:
        """Somebody on that plan, changed for the occasion."""
        config = changed(self._config, f"plans.{plan}", **changes)
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
    assert body["message"]
    assert re.fullmatch(r"req_\w+", body["request_id"])
    assert "Traceback" not in body["message"]


def test_every_row_of_the_table_has_a_test(documentation: str) -> None:
    rows = re.findall(r"\| (\d{3}) \| (\w+) \|", documentation)
    assert {(str(status), row.__name__) for status, row in TABLE.items()} == set(rows)
