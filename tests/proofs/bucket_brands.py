"""Part of `make test-storage`: what a brand's files are needed for, while the bucket is broken.

Whoever waits for an upload of a brand's file, or for a picture with it, gets it, or is told in time
that the storage is away (503). The source lies on the server's disk and comes in any case. A job
with the brand completes wherever the bucket answers at all.
"""

import tempfile
import time
from pathlib import Path
from typing import Any

import hostile_fonts
import numpy as np
import skia
from faulty_proxy import FaultyProxy
from films import plain, speech_like, write_film
from live_server import QUICK, LiveServer
from tally import Tally
from yarl import URL

ROUNDS = 3
WAITED_S = 25.0  # for an answer: 15 for the storage
JOB_S = 900.0
# Fields of the proxy, and whether everything must come in spite of them. The answer that is cut is
# one for each call: the file's own, which is longer than any other.
BROKEN: dict[str, tuple[dict[str, Any], bool]] = {
    "50 kB/s": ({"bytes_per_s": 50_000.0}, True),
    "answers cut in the middle": ({"cut_answer_after": 1000}, True),
    "5 % of the calls fail": ({"failing": 0.05}, True),
    "away": ({"is_away": True}, False),
    "silent": ({"is_silent": True}, False),
    "refuses": ({"refusal": "InvalidAccessKeyId"}, False),
}
WHOLE: dict[str, Any] = {
    "bytes_per_s": None,
    "cut_answer_after": None,
    "failing": 0.0,
    "is_away": False,
    "is_silent": False,
    "refusal": "",
}
Files = dict[str, bytes]


def brand_files() -> Files:
    """A file of each kind."""
    noise = np.random.default_rng(0).integers(0, 255, (120, 160, 4), np.uint8)
    logo = bytes(skia.Image.fromarray(noise).encodeToData(skia.kPNG, 100))
    with tempfile.TemporaryDirectory() as folder:
        film = Path(folder) / "intro.mp4"
        pictures = [plain((20 * n, 90, 60), (160, 90)) for n in range(10)]
        write_film(film, pictures, fps=10, sound=speech_like(1.0))
        return {"font": hostile_fonts.plain(), "logo": logo, "intro": film.read_bytes()}


async def status_of(server: LiveServer, method: str, path: str, **options: Any) -> int:
    """The status of an answer that is read to its end."""
    async with (
        server.session() as session,
        session.request(method, server.base + path, **options) as response,
    ):
        await response.read()
        return response.status


async def brands_while_broken(
    server: LiveServer, proxy: FaultyProxy, upload: str, tally: Tally
) -> None:
    """Use a brand with all its files while the bucket is broken in each way."""
    files, name = brand_files(), {"name": "Acme"}
    brand_id = (await server.insist("POST", "/api/v1/brands", json=name))["brand_id"]
    for kind, content in files.items():
        await server.insist("PUT", f"/api/v1/brands/{brand_id}/{kind}", data=content)
    body = QUICK | {"brand_id": brand_id, "max_duration": 12}
    job = await server.ended(await server.submit(upload, **body), JOB_S)
    clip_id = job["clips"][0]["clip_id"]
    link = await server.call("GET", f"/api/v1/jobs/{job['job_id']}/source/link")
    look = {"at_seconds": 3.0, "brand_id": brand_id}
    calls: list[tuple[str, str, dict[str, Any]]] = [
        ("PUT", f"/api/v1/brands/{brand_id}/{kind}", {"data": content})
        for kind, content in files.items()
    ]
    calls += [
        ("GET", f"/api/v1/brands/{brand_id}/preview", {}),
        ("POST", f"/api/v1/clips/{clip_id}/preview", {"json": look}),
        ("GET", URL(link["url"]).path_qs, {"headers": {"Range": "bytes=0-99"}}),
    ]
    for number, (way, (breaks, comes)) in enumerate(BROKEN.items()):
        kind, most_s = f"brands, {way}", 0.0
        for method, path, options in calls * ROUNDS:
            for field, value in breaks.items():
                setattr(proxy, field, value)
            began = time.monotonic()
            status = await status_of(server, method, path, **options)
            took_s = time.monotonic() - began
            most_s = max(most_s, took_s)
            good = status in (200, 206) or (status == 503 and not comes and "source" not in path)
            tally.check(kind, good and took_s < WAITED_S, f"{path}: {status}, {took_s:.1f} s")
        tally.row(kind).note = f"at most {most_s:.1f} s for an answer"
        if comes:
            part = {"range": {"start": number, "end": number + 12}}
            job = await server.ended(await server.submit(upload, **body | part), JOB_S)
            tally.check(kind, job["status"] == "completed", str(job))
        for field in breaks:
            setattr(proxy, field, WHOLE[field])
