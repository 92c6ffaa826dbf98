"""Converts rows to the documented responses, with links to files."""

import math
import re
from pathlib import PurePosixPath
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from klipfast_server import job_warnings
from klipfast_server.files.storage import Storage
from klipfast_server.schema import clip_responses, job_options, job_responses, responses, vocabulary
from klipfast_server.schema.writing import text_responses
from klipfast_server.store.intake.uploads import UPLOAD, Upload
from klipfast_server.store.jobs import Job, Submitted
from klipfast_server.store.lists import JobLine
from klipfast_server.store.talks.clip_rows import ClipRow

NON_NAME_CHARS = re.compile(r"[^\w]+")


def file_name(clip: ClipRow, suffix: str) -> str:
    """Return a file name made from the title: The-best-moment.mp4."""
    words = NON_NAME_CHARS.sub("-", clip.title).strip("-")[:80].strip("-")
    return f"{words or clip.clip_id}{suffix}"


class Links(Struct, frozen=True, kw_only=True):
    """Links to the files of a clip."""

    video: str
    pictures: list[str]
    clean: str | None


async def _links(storage: Storage, clip: ClipRow, base: str) -> Links:
    video = await storage.sign(
        clip.file_key, expires_at=clip.expires_at, name=file_name(clip, ".mp4"), base_url=base
    )
    pictures = [
        await storage.sign(
            key,
            expires_at=clip.expires_at,
            name=file_name(clip, ".jpg" if number == 1 else f"-{number}.jpg"),
            base_url=base,
        )
        for number, key in enumerate((clip.thumbnail_key, *clip.more_thumbnail_keys), 1)
    ]

    async def further(key: str | None, suffix: str) -> str | None:
        if key is None:
            return None
        name = file_name(clip, suffix)
        return await storage.sign(key, expires_at=clip.expires_at, name=name, base_url=base)

    return Links(
        video=video,
        pictures=pictures,
        clean=await further(clip.clean_key, "-clean.mp4"),
    )


def _captions_url(clip: ClipRow, base: str) -> str:
    return f"{base}/api/v1/clips/{clip.clip_id}/captions?format=srt"


async def job_clip(storage: Storage, clip: ClipRow, base: str) -> clip_responses.JobClip:
    """Convert a clip for its job's response."""
    links = await _links(storage, clip, base)
    return clip_responses.JobClip(
        clip_id=clip.clip_id,
        title=clip.title,
        virality_score=clip.virality_score,
        duration_seconds=whole_seconds(clip.duration_s),
        download_url=links.video,
        duration=round(clip.duration_s, 2),
        start_seconds=round(clip.start_s, 3),
        end_seconds=round(clip.end_s, 3),
        score=vocabulary.from_text(clip.score, clip_responses.Score),
        reason=clip.reason,
        transcript=clip.transcript,
        description=clip.description,
        hashtags=clip.hashtags,
        title_variants=vocabulary.from_text(clip.title_variants, list[clip_responses.TitleVariant]),
        kind=clip.kind,
        confidence=None if clip.confidence is None else round(clip.confidence, 2),
        captions=clip.captions,
        lead_in_seconds=round(clip.lead_in_s, 3),
        thumbnail_url=links.pictures[0],
        thumbnail_urls=links.pictures,
        captions_url=_captions_url(clip, base),
        clean_url=links.clean,
        feedback=clip.verdict,
    )


async def clip_detail(
    storage: Storage, clip: ClipRow, base: str, *, current: str | None = None
) -> clip_responses.ClipDetail:
    """Convert a single clip: the fields in its job's response, and more.

    `current`: the newest version of it; None: this one.
    """
    shown = await job_clip(storage, clip, base)
    return clip_responses.ClipDetail(
        job_id=clip.job_id,
        resolution=f"{clip.width}x{clip.height}",
        caption_style=clip.caption_style,
        expires_at=vocabulary.moment(clip.expires_at),
        created_at=vocabulary.moment(clip.created_at),
        current_clip_id=current or clip.clip_id,
        **msgspec.structs.asdict(shown),
    )


def whole_seconds(length_s: float) -> int:
    """Round to whole seconds, half a second up."""
    return math.floor(length_s + 0.5)


def job_detail(
    job: Job, clips: list[clip_responses.JobClip], left_s: float | None = None
) -> job_responses.JobDetail:
    """Convert a job with its clips; `left_s`: estimated seconds until it ends."""
    coverage = vocabulary.from_text(job.coverage, vocabulary.Coverage)
    options = job_options.decode(job.options)
    return job_responses.JobDetail(
        clips=clips,
        text_outputs=vocabulary.from_text(job.texts, text_responses.TextOutputs)
        or text_responses.TextOutputs(),
        options=options,
        clip_count=len(clips),
        coverage=coverage,
        source=vocabulary.from_text(job.source, vocabulary.SourceInfo),
        source_expires_at=vocabulary.moment_or_none(job.source_expires_at),
        transcript_removed_at=vocabulary.moment_or_none(job.transcript_removed_at),
        warnings=list(job_warnings.of(job, coverage, options.clip_count)),
        **_told(job, left_s),
    )


async def job_line(
    storage: Storage,
    job: JobLine,
    left_s: float | None,
    base: str,
    *,
    clips: list[clip_responses.JobClip] | UnsetType = UNSET,
) -> job_responses.JobLine:
    """Convert a job in the list; `left_s` as in `job_detail`."""
    picture = None
    if job.thumbnail_key is not None and job.thumbnail_expires_at is not None:
        picture = await storage.sign(
            job.thumbnail_key,
            expires_at=job.thumbnail_expires_at,
            name=f"{job.job_id}.jpg",
            base_url=base,
        )
    return job_responses.JobLine(
        clip_count=job.clip_count,
        duration_seconds=job.source_s,
        thumbnail_url=picture,
        clips=clips,
        **_told(job, left_s),
    )


def _told(job: Job | JobLine, left_s: float | None) -> dict[str, Any]:
    """Return what a job and its line in the list both tell."""
    return {
        "job_id": job.job_id,
        "status": job.status,
        "created_at": vocabulary.moment(job.created_at),
        "title": job.title or PurePosixPath(job.file_name).stem,
        "video_url": job.video_url,
        "file_name": job.file_name,
        "upload_id": _upload_id(job.video_url),
        "started_at": vocabulary.moment_or_none(job.started_at),
        "finished_at": vocabulary.moment_or_none(job.finished_at),
        "paused_at": vocabulary.moment_or_none(job.paused_at),
        "deletes_at": vocabulary.moment_or_none(job.deletes_at),
        "stage": job.stage,
        "progress": round(job.progress, 4),
        "estimated_seconds": None if left_s is None else max(1, math.ceil(left_s)),
        "language": job.language,
        "clip_total": job.clip_total,
        "priority": vocabulary.priority(job.priority),
        "batch_id": job.batch_id,
        "error": vocabulary.job_error(job.error_code, job.error_message, job.error_reason),
        "metadata": vocabulary.from_text(job.metadata, dict[str, str]),
        "rerender_of": job.rerender_of,
        "rewrite_of": job.rewrite_of,
        "span_of": job.span_of,
        "reel_of": job.reel_of,
    }


def _upload_id(video_url: str) -> str | None:
    return video_url.removeprefix(UPLOAD) if video_url.startswith(UPLOAD) else None


def accepted(job: Submitted, left_s: float) -> job_responses.Accepted:
    """Convert a job that has just been queued, and will end in `left_s` seconds."""
    return job_responses.Accepted(
        job_id=job.job_id,
        status="queued",
        created_at=vocabulary.moment(job.created_at),
        estimated_seconds=max(1, math.ceil(left_s)),
    )


def uploaded(row: Upload) -> responses.Uploaded:
    """Convert a complete upload."""
    info = row.info
    return responses.Uploaded(
        upload_id=row.upload_id,
        video_url=UPLOAD + row.upload_id,
        file_name=row.file_name,
        size_bytes=row.size_bytes,
        sha256=row.sha256.hex(),
        duration_seconds=info.duration_seconds,
        width=info.width,
        height=info.height,
        fps=info.fps,
        expires_at=vocabulary.moment(row.expires_at),
        given_up_sources=list(row.given_up_sources),
    )
