"""One thing of every kind that an account may own, and the routes that can name it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from caller import TUS, Caller
from pictures import png

# Parameters of paths that are no ids.
REST = {"text": "blog_post", "number": "1", "file": "logo", "version": "1"}
NOBODY = "https://receiver.invalid/hook"  # a name that nobody has (RFC 6761)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


@dataclass(frozen=True, slots=True, kw_only=True)
class Belongings:
    """What an account has; `ids` are by the names of path parameters."""

    ids: dict[str, str]
    partial_id: str  # an upload in pieces
    job_delivery_id: str
    marks: tuple[str, ...]  # texts that occur in nothing but these things
    link: str  # a signed one
    secret: str  # the webhook's

    def everywhere(self) -> list[str]:
        """Every text that a stranger must not be told."""
        return [*self.marks, self.secret]


async def belongings(caller: Caller, mark: str) -> Belongings:
    """Make one of everything; `mark` is a word that becomes part of each."""
    hook = await caller.post("/api/v1/webhooks", {"url": f"{NOBODY}?{mark}"}, 201)
    talk = f"seconds 30 {mark}".encode()
    upload = await caller.send("POST", f"/api/v1/uploads?filename={mark}.mp4", 201, data=talk)
    body = {
        "video_url": upload["video_url"],
        "metadata": {"mark": mark},
        "webhook_url": f"{NOBODY}?{mark}",
        "language": "cy",
    }
    job_id = (await caller.post("/api/v1/process", body, 202))["job_id"]
    job = await caller.until(job_id)
    texts = f"/api/v1/jobs/{job_id}/texts"
    await caller.send("PUT", f"{texts}/blog_post", json={"text": f"About a {mark}."})
    await caller.send("PUT", f"{texts}/quote_cards", json={"text": f"“About a {mark}.” (Ada)"})
    clip_id = job["clips"][0]["clip_id"]
    await caller.post(f"/api/v1/clips/{clip_id}/feedback", {"verdict": "kept"})
    length = TUS | {"Upload-Length": "100"}
    begun = await caller.call("POST", "/api/v1/resumable-uploads", headers=length)
    brand = await caller.post("/api/v1/brands", {"name": f"Brand {mark}"}, 201)
    where = f"/api/v1/brands/{brand['brand_id']}/logo"
    brand = await caller.send("PUT", where, data=png(40, 40))
    key = await caller.post("/api/v1/keys", {"name": f"Key {mark}"}, 201)
    agent, signed = {"User-Agent": f"{mark}/1.0"}, {"key": caller.key}
    begun_session = await caller.client.post("/api/v1/sessions", json=signed, headers=agent)
    caller.client.session.cookie_jar.clear()  # which others here would send, too
    path = f"/api/v1/webhooks/{hook['webhook_id']}/deliveries"
    told = (await caller.get(path))["deliveries"]
    told_job = (await caller.get(f"/api/v1/jobs/{job_id}/deliveries"))["deliveries"]
    return Belongings(
        ids={
            "job_id": job_id,
            "clip_id": clip_id,
            "upload_id": upload["upload_id"],
            "webhook_id": hook["webhook_id"],
            "delivery_id": told[0]["delivery_id"],
            "brand_id": brand["brand_id"],
            "key_id": key["key_id"],
            "session_id": (await begun_session.json())["session_id"],
        },
        partial_id=begun.headers["Location"].rsplit("/", 1)[1],
        job_delivery_id=told_job[0]["delivery_id"],
        marks=(mark, job["clips"][0]["title"], upload["sha256"]),
        link=job["clips"][0]["download_url"],
        secret=hook["secret"],
    )


def routes(app: web.Application) -> list[tuple[str, list[str]]]:
    """(path, names of its parameters) of every resource."""
    found = []
    for resource in app.router.resources():
        path = re.sub(r"\{(\w+):[^}]*\}", r"{\1}", resource.canonical)
        found.append((path, re.findall(r"\{(\w+)\}", path)))
    return found


def owned(app: web.Application, things: Belongings) -> Iterator[str]:
    """Every path that names something that is owned, with its ids filled in."""
    for path, names in routes(app):
        if not set(names) & set(things.ids):
            continue
        ids: dict[str, Any] = things.ids | REST
        if "resumable" in path:
            ids = ids | {"upload_id": things.partial_id}
        if "jobs" in path:
            ids = ids | {"delivery_id": things.job_delivery_id}
        yield path.format(**ids)
