"""`make product-day`: what a product does in a day, by the API alone; every answer is printed.

The server is the real one with the real pipeline. Ends with 1 where an answer is not what the guide
says, or where usage and storage do not add up.
"""

import asyncio
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from io import BytesIO
from typing import Any

import aiohttp
from pictures import png
from serving import SAMPLE, environment, new_key, serving

SHOWN = 4  # fields of an answer that are printed if none are named
PATIENCE_S = 600.0  # for one job
SHORT = {"quality": "fast", "language": "en", "min_duration": 5, "clip_count": 2}


class Day:
    """A caller who prints what it gets."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        status: int = 200,
        data: Any = None,
        headers: Mapping[str, str] | None = None,
        told: tuple[str, ...] = (),
    ) -> Any:
        """Return the answer, whose status must be `status`; print the fields of it named `told`."""
        async with self._session.request(
            method, f"/api/v1{path}", json=body, data=data, headers=headers
        ) as answer:
            content = await answer.read()
            is_json = answer.content_type == "application/json" and content
            found = await answer.json() if is_json else content
            if answer.status != status:
                raise AssertionError(f"{method} {path}: {answer.status} {content[:500]!r}")
        shown: object = f"{len(content):,} bytes"
        if isinstance(found, dict):
            names = told or [name for name in found if not isinstance(found[name], list | dict)]
            shown = {name: found.get(name) for name in names[:SHOWN]}
        print(f"{method:6} {path.partition('?token')[0]}  {answer.status}  {shown}", flush=True)
        return found

    async def done(self, job_id: str) -> Any:
        """Poll a job with its ETag until it has ended; it must have completed."""
        tag, unchanged = "", 0
        async with asyncio.timeout(PATIENCE_S):
            while True:
                async with self._session.get(
                    f"/api/v1/jobs/{job_id}", headers={"If-None-Match": tag} if tag else {}
                ) as answer:
                    tag = answer.headers["ETag"]
                    if answer.status == 304:
                        unchanged += 1
                    elif (job := await answer.json())["status"] in ("completed", "failed"):
                        break
                await asyncio.sleep(0.5)
        assert job["status"] == "completed", job["error"]
        print(
            f"       {job_id} {job['status']}: {job['title']!r}, {job['clip_count']} clips, "
            f"{unchanged} polls answered 304",
            flush=True,
        )
        return job

    async def usage(self, *, minutes: float) -> int:
        """Return the MB in use; the minutes must be those."""
        told = ("minutes_used", "storage_used_mb", "credits_remaining")
        used = await self.call("GET", "/usage", told=told)
        assert abs(used["minutes_used"] - minutes) < 0.02, (used, minutes)
        megabytes: int = used["storage_used_mb"]
        return megabytes


async def day(base: str, key: str) -> None:
    """Upload, batch, watch, list, correct, cut, brand, reel, chapters, zip, feedback, delete."""
    headers = {"Authorization": f"Bearer {key}"}
    async with aiohttp.ClientSession(base, headers=headers) as session:
        api = Day(session)
        jobs, minutes = await morning(api)
        await noon(api, jobs, minutes)
        await evening(api, minutes)


async def morning(api: Day) -> tuple[list[Any], float]:
    """Upload two films and submit them in one call; return the jobs, and the minutes charged."""
    assert await api.usage(minutes=0) == 0
    film = SAMPLE.read_bytes()
    uploads = [
        await api.call(
            "POST",
            f"/uploads?filename=episode-{number}.mp4",
            data=BytesIO(film),
            status=201,
            told=("upload_id", "duration_seconds"),
        )
        for number in (1, 2)
    ]
    uploaded_mb = await api.usage(minutes=0)
    assert uploaded_mb >= 2 * len(film) // 1_000_000

    spans = [{"start": 0, "end": 60}, {"start": 60, "end": 90}]
    videos = [
        SHORT | {"video_url": upload["video_url"], "range": span, "metadata": {"episode": n}}
        for n, upload, span in zip("12", uploads, spans, strict=True)
    ]
    batch = await api.call(
        "POST",
        "/batches",
        {"videos": [*videos, {"video_url": "upload://upload_none"}]},
        status=202,
        headers={"Idempotency-Key": "monday"},
        told=("batch_id",),
    )
    assert [item["error"] is None for item in batch["items"]] == [True, True, False]
    link = await api.call(
        "GET", f"/jobs/{batch['items'][0]['job']['job_id']}/events/link", told=("expires_at",)
    )
    async with aiohttp.ClientSession() as browser, browser.get(link["url"]) as events:
        names = [line async for line in events.content if line.startswith(b"event:")]
    print(f"       an EventSource saw {len(names)} events, the last {names[-1].decode()!r}")
    jobs = [await api.done(item["job"]["job_id"]) for item in batch["items"][:2]]
    minutes = sum(span["end"] - span["start"] for span in spans) / 60
    made_mb = await api.usage(minutes=minutes)
    assert made_mb > uploaded_mb
    return jobs, minutes


async def noon(api: Day, jobs: list[Any], minutes: float) -> None:
    """Make more of the first job: what was corrected, a span of one's own, a brand, a reel."""
    made_mb = await api.usage(minutes=minutes)
    listed = await api.call(
        "GET", f"/jobs?batch_id={jobs[0]['batch_id']}&status=completed&metadata=episode:1"
    )
    assert [line["job_id"] for line in listed["jobs"]] == [jobs[0]["job_id"]]
    best = (await api.call("GET", "/clips?order=best&limit=1"))["clips"][0]
    print(f"       the best clip: {best['virality_score']} {best['title']!r}")

    words = (await api.call("GET", f"/clips/{best['clip_id']}/transcript"))["words"]
    words[0]["text"] = words[0]["text"].upper()
    again = await api.call(
        "POST",
        f"/clips/{best['clip_id']}/renders",
        {"words": words, "quality": "fast"},
        status=202,
        told=("job_id", "clip_id"),
    )
    await api.done(again["job_id"])

    weighed = await api.call("GET", f"/jobs/{jobs[0]['job_id']}/candidates")
    fates = [candidate["fate"] for candidate in weighed["candidates"]]
    print(f"       weighed: {len(fates)}, of them chosen {fates.count('chosen')}")
    span = await api.call(
        "POST",
        f"/jobs/{jobs[0]['job_id']}/clips",
        {"start_seconds": 12.0, "end_seconds": 24.0, "quality": "fast"},
        status=202,
        told=("job_id", "clip_id"),
    )
    [own] = (await api.done(span["job_id"]))["clips"]
    print(f"       my own span: {own['virality_score']} {own['title']!r}, {own['reason']}")
    assert await api.usage(minutes=minutes) > made_mb  # free, but stored

    brand = await api.call(
        "POST",
        "/brands",
        {"name": "Acme", "caption_style": {"base": "boxed"}},
        status=201,
        told=("brand_id",),
    )
    await api.call("PUT", f"/brands/{brand['brand_id']}/logo", data=png(400, 200))
    branded = await api.call(
        "POST",
        f"/clips/{best['clip_id']}/renders",
        {"brand_id": brand["brand_id"], "quality": "fast"},
        status=202,
    )
    await api.done(branded["job_id"])

    reel = await api.call(
        "POST",
        f"/jobs/{jobs[0]['job_id']}/reels",
        {"max_seconds": 20, "quality": "fast"},
        status=202,
    )
    [joined] = (await api.done(reel["job_id"]))["clips"]
    assert joined["duration"] <= 20.5, joined["duration"]
    chapters = await api.call("GET", f"/jobs/{jobs[0]['job_id']}/chapters")
    for chapter in chapters["chapters"]:
        print(f"       {chapter['start_seconds']:6.1f} {chapter['title']}")
    archive = await api.call("GET", f"/jobs/{jobs[0]['job_id']}/archive")
    packed = zipfile.ZipFile(BytesIO(archive))
    assert packed.testzip() is None
    print(f"       the archive: {len(packed.namelist())} files, {packed.namelist()[:3]} …")
    await api.call("POST", f"/clips/{best['clip_id']}/feedback", {"verdict": "kept"})
    await api.usage(minutes=minutes)
    await api.call("DELETE", f"/brands/{brand['brand_id']}", status=204)


async def evening(api: Day, minutes: float) -> None:
    """Delete everything: what was charged stays, and nothing else does."""
    everything = await api.call("GET", "/jobs?limit=100")
    for line in everything["jobs"]:
        await api.call("DELETE", f"/jobs/{line['job_id']}", status=204)
    assert await api.usage(minutes=minutes) == 0


def main() -> int:
    """Exit status."""
    with tempfile.TemporaryDirectory(prefix="klipfast-day-") as folder:
        environ = environment(folder)
        with serving(environ) as (base, _):
            asyncio.run(day(base, new_key(environ)))
    print("the day is over, and everything adds up")
    return 0


if __name__ == "__main__":
    sys.exit(main())
