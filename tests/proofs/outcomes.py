"""How jobs have ended, what they have made and cost, and what a server has left behind."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from live_server import PATIENCE_S, Answer, LiveServer, connected
from tally import Tally

BESIDE_WRITING = ("look", "render")  # what a job tells while texts are written beside its clips


def told_in(stage: str) -> tuple[str, ...]:
    """Return the stages that a job tells while it is in this one."""
    return BESIDE_WRITING if stage == "write" else (stage,)


async def judge(
    server: LiveServer,
    tally: Tally,
    kind: str,
    job_id: str,
    *,
    status: str = "completed",
    patience_s: float = PATIENCE_S,
) -> Any:
    """Count how a job of one clip has ended, which tells a reason if it failed; return the job.

    None if it does not end.
    """
    try:
        job = await server.ended(job_id, patience_s)
    except Answer as error:
        tally.stuck(kind, str(error))
        return None
    told = job["error"]["message"] if job["error"] else ""
    good = job["status"] == status and bool(told) == (status == "failed")
    good = good and len(job["clips"]) == (status == "completed")
    tally.check(kind, good, f"{job_id} is {job['status']}: {told!r}, {len(job['clips'])} clips")
    if told:
        print(f"{kind}: {told}", flush=True)
    return job


async def result(server: LiveServer, job_id: str) -> dict[str, Any]:
    """What a job made, without what differs between two jobs."""
    job = await server.insist("GET", f"/api/v1/jobs/{job_id}")
    async with connected(server) as connection:
        talk = await connection.fetchval(
            "SELECT (talk -> 'transcript')::text FROM talks JOIN jobs USING (talk_id) "
            "WHERE jobs.job_id = $1",
            job_id,
        )
    return {
        "status": job["status"],
        "transcript": hashlib.sha256((talk or "").encode()).hexdigest(),
        "texts": job["text_outputs"],
        "clips": [
            (clip["start_seconds"], clip["end_seconds"], clip["title"], clip["transcript"])
            for clip in job["clips"]
        ],
    }


async def charges(server: LiveServer, jobs: Sequence[str], source_s: float) -> list[str]:
    """Complaints unless each job, of so many seconds of its source, was charged once."""
    async with connected(server) as connection:
        charges = await connection.fetchval("SELECT count(*) FROM charges")
    usage = await server.insist("GET", "/api/v1/usage")
    minutes = len(jobs) * source_s / 60
    if charges == len(jobs) and abs(usage["minutes_used"] - minutes) < 0.02 * len(jobs):
        return []
    return [f"{charges} charges, {usage['minutes_used']} minutes for {len(jobs)} jobs"]


async def leftovers(server: LiveServer) -> list[str]:
    """What should not be there once all jobs have ended: files, rows, work folders, uploads."""
    async with connected(server) as connection:
        heard = await connection.fetchval("SELECT count(*) FROM heard")
    storage = server.data / "storage"
    there = {str(path.relative_to(storage)) for path in storage.rglob("*") if path.is_file()}
    return await strays(server, there) + [f"{heard} chunks of ended jobs"] * bool(heard)


async def strays(server: LiveServer, there: set[str]) -> list[str]:
    """What is in the storage (its keys are `there`) and should not be, or the other way round.

    Work folders, uploads, and what waits to be deleted, too.
    """
    async with connected(server) as connection:
        rows = await connection.fetch(
            "SELECT unnest(array[file_key, thumbnail_key, clean_key, layer_key] "
            "|| more_thumbnail_keys) AS key FROM clips "
            "UNION ALL SELECT 'brands/' || brand_id || '/' || name FROM brand_files"
        )
        trash = await connection.fetchval("SELECT count(*) FROM trash")
    known = {row["key"] for row in rows if row["key"]}
    found = [f"file without a row: {key}" for key in sorted(there - known)]
    found += [f"row without a file: {key}" for key in sorted(known - there)]
    found += [f"work folder: {path.name}" for path in (server.data / "work").iterdir()]
    found += [f"{trash} things in the trash"] * bool(trash)
    return found + await stray_uploads(server)


async def stray_uploads(server: LiveServer) -> list[str]:
    """Uploads without a row, rows without their file, and files that are not as their row says.

    Of an unfinished resumable upload any part may be there, at most the whole.
    """
    async with connected(server) as connection:
        whole = await connection.fetch("SELECT upload_id, size_bytes FROM uploads")
        partial = await connection.fetch("SELECT upload_id, size_bytes FROM partial_uploads")
    sizes, there = {row["upload_id"]: row["size_bytes"] for row in whole}, upload_files(server.data)
    limits = {row["upload_id"]: row["size_bytes"] for row in partial}
    unknown = sorted(there.keys() - sizes.keys() - limits.keys())
    found = [f"upload without a row: {upload_id} {there[upload_id]}" for upload_id in unknown]
    for upload_id, size in sizes.items():
        if there.get(upload_id) != {"source": size}:
            found.append(f"upload of {size} bytes has {there.get(upload_id)}: {upload_id}")
    for upload_id, limit in limits.items():
        files = there.get(upload_id, {})
        if len(files) != 1 or not files.keys() <= {"part", "source"} or max(files.values()) > limit:
            found.append(f"unfinished upload of {limit} bytes has {files}: {upload_id}")
    return found


def upload_files(data: Path) -> dict[str, dict[str, int]]:
    """The files of each upload that is on disk, whole or not: their sizes in bytes, by name."""
    above = data / "uploads"
    return {
        folder.name: {path.name: path.stat().st_size for path in folder.iterdir()}
        for folder in (above.iterdir() if above.is_dir() else ())
    }
