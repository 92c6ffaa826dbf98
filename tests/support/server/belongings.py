"""One thing of every kind that an account may own, and the routes that can name it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import skia
from aiohttp import web
from caller import Caller

REST = {"text": "blog_post", "number": "1", "file": "logo"}  # parameters of paths that are no ids
NOBODY = "https://receiver.invalid/hook"  # a name that nobody has (RFC 6761)
TUS = {"Tus-Resumable": "1.0.0"}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


@dataclass(frozen=True, slots=True, kw_only=True)
class Belongings:
    """What an account has; `ids` are by the names of path parameters."""

    ids: dict[str, str]
    partial_id: str  # an upload in pieces
    job_delivery_id: str
    marks: tuple[str, ...]  # texts that occur in nothing but these things
    link: str  # a signed one
    secret: str  # of the webhook

    def everywhere(self) -> list[str]:
        """Every text that a stranger must not be told."""
        return [*self.marks, self.secret]


async def belongings(caller: Caller, mark: str) -> Belongings:
    """Make one of everything; `mark` is a word that becomes part of each."""
    hook = await caller.post("/api/v1/webhooks", {"url": f"{NOBODY}?{mark}"}, 201)
    response = await caller.call(
        "POST", f"/api/v1/uploads?filename={mark}.mp4", data=b"seconds 30 " + mark.encode()
    )
    upload = await response.json()
    body = {
        "video_url": upload["video_url"],
        "metadata": {"mark": mark},
        "webhook_url": f"{NOBODY}?{mark}",
        "language": "cy",
    }
    job_id = (await caller.post("/api/v1/process", body, 202))["job_id"]
    job = await caller.until(job_id)
    own = {"text": f"About a {mark}."}
    await caller.call("PUT", f"/api/v1/jobs/{job_id}/texts/blog_post", json=own)
    quoted = {"text": f"“About a {mark}.” (Ada)"}
    await caller.call("PUT", f"/api/v1/jobs/{job_id}/texts/quote_cards", json=quoted)
    said = {"verdict": "kept"}
    await caller.call("POST", f"/api/v1/clips/{job['clips'][0]['clip_id']}/feedback", json=said)
    begun = await caller.call(
        "POST", "/api/v1/resumable-uploads", headers=TUS | {"Upload-Length": "100"}
    )
    brand = await caller.post("/api/v1/brands", {"name": f"Brand {mark}"}, 201)
    logo = skia.Image.fromarray(np.full((40, 40, 4), 99, np.uint8)).encodeToData(skia.kPNG, 100)
    where = f"/api/v1/brands/{brand['brand_id']}/logo"
    brand = await (await caller.call("PUT", where, data=bytes(logo))).json()
    key = await caller.post("/api/v1/keys", {"name": f"Key {mark}"}, 201)
    path = f"/api/v1/webhooks/{hook['webhook_id']}/deliveries"
    told = (await caller.get(path))["deliveries"]
    told_job = (await caller.get(f"/api/v1/jobs/{job_id}/deliveries"))["deliveries"]
    return Belongings(
        ids={
            "job_id": job_id,
            "clip_id": job["clips"][0]["clip_id"],
            "upload_id": upload["upload_id"],
            "webhook_id": hook["webhook_id"],
            "delivery_id": told[0]["delivery_id"],
            "brand_id": brand["brand_id"],
            "key_id": key["key_id"],
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
