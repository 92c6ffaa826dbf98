"""Rows into the documented answers, with links where files are meant."""

import math
import re

from aiohttp import web

from klipfast_server import keys, wire
from klipfast_server.jobs import ClipRow, Job, Submitted
from klipfast_server.storage import Storage

NOT_IN_NAMES = re.compile(r"[^\w]+")


def base_url(request: web.Request) -> str:
    """What links begin with."""
    public: str = request.app[keys.CONFIG].server.public_url
    return public.rstrip("/") or f"{request.scheme}://{request.host}"


def file_name(clip: ClipRow, suffix: str) -> str:
    """A name to save under, from the title: The-best-moment.mp4."""
    words = NOT_IN_NAMES.sub("-", clip.title).strip("-")[:80].strip("-")
    return f"{words or clip.clip_id}{suffix}"


async def _links(storage: Storage, clip: ClipRow, base: str) -> tuple[str, str]:
    video = await storage.sign(
        clip.file_key, expires_at=clip.expires_at, name=file_name(clip, ".mp4"), base_url=base
    )
    picture = await storage.sign(
        clip.thumbnail_key, expires_at=clip.expires_at, name=file_name(clip, ".jpg"), base_url=base
    )
    return video, picture


def _captions_url(clip: ClipRow, base: str) -> str:
    return f"{base}/api/v1/clips/{clip.clip_id}/captions?format=srt"


async def job_clip(storage: Storage, clip: ClipRow, base: str) -> wire.JobClip:
    """A clip inside a job."""
    video, picture = await _links(storage, clip, base)
    return wire.JobClip(
        clip_id=clip.clip_id,
        title=clip.title,
        virality_score=clip.virality_score,
        duration_seconds=round(clip.duration_s, 2),
        download_url=video,
        start_seconds=round(clip.start_s, 3),
        end_seconds=round(clip.end_s, 3),
        score=wire.from_text(clip.score, wire.Score),
        reason=clip.reason,
        transcript=clip.transcript,
        hashtags=clip.hashtags,
        thumbnail_url=picture,
        captions_url=_captions_url(clip, base),
    )


async def clip_detail(storage: Storage, clip: ClipRow, base: str) -> wire.ClipDetail:
    """A clip by itself."""
    video, picture = await _links(storage, clip, base)
    return wire.ClipDetail(
        clip_id=clip.clip_id,
        job_id=clip.job_id,
        title=clip.title,
        virality_score=clip.virality_score,
        duration_seconds=round(clip.duration_s, 2),
        resolution=f"{clip.width}x{clip.height}",
        caption_style=clip.caption_style,
        download_url=video,
        expires_at=wire.moment(clip.expires_at),
        start_seconds=round(clip.start_s, 3),
        end_seconds=round(clip.end_s, 3),
        score=wire.from_text(clip.score, wire.Score),
        reason=clip.reason,
        transcript=clip.transcript,
        hashtags=clip.hashtags,
        thumbnail_url=picture,
        captions_url=_captions_url(clip, base),
    )


def job_detail(job: Job, clips: list[wire.JobClip]) -> wire.JobDetail:
    """A job with its clips."""
    error = None
    if job.error_code is not None:
        error = wire.JobError(code=job.error_code, message=job.error_message or "")
    return wire.JobDetail(
        job_id=job.job_id,
        status=job.status,
        clips=clips,
        text_outputs=wire.from_text(job.texts, wire.TextOutputs) or wire.TextOutputs(),
        created_at=wire.moment(job.created_at),
        started_at=wire.moment_or_none(job.started_at),
        finished_at=wire.moment_or_none(job.finished_at),
        stage=job.stage,
        progress=round(job.progress, 4),
        language=job.language,
        source=wire.from_text(job.source, wire.SourceInfo),
        error=error,
    )


def accepted(job: Submitted) -> wire.Accepted:
    """A job that now stands in the queue."""
    return wire.Accepted(
        job_id=job.job_id,
        status="queued",
        created_at=wire.moment(job.created_at),
        estimated_seconds=max(1, math.ceil(job.estimated_s)),
    )
