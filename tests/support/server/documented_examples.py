"""The answers that the developer documentation shows, by the name of their schema."""

from typing import Any

from caller import Caller

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
