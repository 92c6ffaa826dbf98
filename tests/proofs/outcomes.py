"""What jobs have made and cost, to compare one that was disturbed with one that was not."""

import hashlib
from collections.abc import Sequence
from typing import Any

from live_server import LiveServer, connected


async def result(server: LiveServer, job_id: str) -> dict[str, Any]:
    """What a job made, without what differs between two jobs."""
    job = await server.insist("GET", f"/api/v1/jobs/{job_id}")
    async with connected(server) as connection:
        talk = await connection.fetchval(
            "SELECT (talk -> 'transcript')::text FROM talks WHERE job_id = $1", job_id
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
