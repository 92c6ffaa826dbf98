"""The texts of a job, as its caller gets, replaces and rewrites them."""

from typing import Any

from caller import Caller

LONG: dict[str, Any] = {
    "length": "long",
    "hook": 3,
    "tone": "dry\n and  short",
    "link": "https://e.org/a?v=1#top",
}


async def finished(caller: Caller, seconds: float = 30, **options: Any) -> str:
    """A completed job."""
    job = await caller.done(seconds, **options)
    assert job["status"] == "completed", job
    return str(job["job_id"])


async def listed(caller: Caller, job_id: str) -> dict[str, Any]:
    """The texts of a job, by kind."""
    answer = await caller.get(f"/api/v1/jobs/{job_id}/texts")
    assert answer["job_id"] == job_id
    return {text["kind"]: text for text in answer["texts"]}


async def document(caller: Caller, job_id: str, kind: str, form: str = "") -> tuple[str, str]:
    """(media type, content) of a text."""
    query = f"?format={form}" if form else ""
    response = await caller.call("GET", f"/api/v1/jobs/{job_id}/texts/{kind}{query}")
    text = await response.text()
    assert response.status == 200, text
    assert response.headers["Content-Disposition"].startswith("attachment;")
    return response.content_type, text


async def put(caller: Caller, job_id: str, kind: str, status: int = 200, **body: Any) -> Any:
    """The answer to a text of the caller's own; `body` as for aiohttp's request."""
    return await caller.send("PUT", f"/api/v1/jobs/{job_id}/texts/{kind}", status, **body)


async def rewritten(caller: Caller, job_id: str, kind: str, **changes: Any) -> Any:
    """The job that wrote a text again, once it has ended."""
    accepted = await caller.post(f"/api/v1/jobs/{job_id}/texts/{kind}", changes, 202)
    assert accepted["status"] == "queued"
    return await caller.until(accepted["job_id"])
