"""Converts rows to the documented responses, with links to files."""

import math
import re
from collections.abc import Iterator

import msgspec
from msgspec import Struct

from klipfast_server.files.storage import Storage
from klipfast_server.schema import responses, vocabulary
from klipfast_server.store.jobs import ClipRow, Job, Submitted
from klipfast_server.store.uploads import UPLOAD, Upload

# Share of the speech without words above which a job says so: laughter and an "mhm" are less.
MAX_UNINTELLIGIBLE = 0.03
MAX_DOUBTFUL = 0.5  # share of the speech in doubtful sentences above which a job says so
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
    clean = None
    if clip.clean_key is not None:
        name = file_name(clip, "-clean.mp4")
        clean = await storage.sign(
            clip.clean_key, expires_at=clip.expires_at, name=name, base_url=base
        )
    return Links(video=video, pictures=pictures, clean=clean)


def _captions_url(clip: ClipRow, base: str) -> str:
    return f"{base}/api/v1/clips/{clip.clip_id}/captions?format=srt"


async def job_clip(storage: Storage, clip: ClipRow, base: str) -> responses.JobClip:
    """Convert a clip for its job's response."""
    links = await _links(storage, clip, base)
    return responses.JobClip(
        clip_id=clip.clip_id,
        title=clip.title,
        virality_score=clip.virality_score,
        duration_seconds=round(clip.duration_s, 2),
        download_url=links.video,
        start_seconds=round(clip.start_s, 3),
        end_seconds=round(clip.end_s, 3),
        score=vocabulary.from_text(clip.score, responses.Score),
        reason=clip.reason,
        transcript=clip.transcript,
        description=clip.description,
        hashtags=clip.hashtags,
        title_variants=vocabulary.from_text(clip.title_variants, list[responses.TitleVariant]),
        kind=clip.kind,
        confidence=None if clip.confidence is None else round(clip.confidence, 2),
        captions=clip.captions,
        thumbnail_url=links.pictures[0],
        thumbnail_urls=links.pictures,
        captions_url=_captions_url(clip, base),
        clean_url=links.clean,
    )


async def clip_detail(storage: Storage, clip: ClipRow, base: str) -> responses.ClipDetail:
    """Convert a single clip: the fields in its job's response, and more."""
    shown = await job_clip(storage, clip, base)
    return responses.ClipDetail(
        job_id=clip.job_id,
        resolution=f"{clip.width}x{clip.height}",
        caption_style=clip.caption_style,
        expires_at=vocabulary.moment(clip.expires_at),
        **msgspec.structs.asdict(shown),
    )


def job_detail(job: Job, clips: list[responses.JobClip]) -> responses.JobDetail:
    """Convert a job with its clips."""
    return responses.JobDetail(
        job_id=job.job_id,
        status=job.status,
        clips=clips,
        text_outputs=vocabulary.from_text(job.texts, responses.TextOutputs)
        or responses.TextOutputs(),
        created_at=vocabulary.moment(job.created_at),
        started_at=vocabulary.moment_or_none(job.started_at),
        finished_at=vocabulary.moment_or_none(job.finished_at),
        stage=job.stage,
        progress=round(job.progress, 4),
        language=job.language,
        coverage=(coverage := vocabulary.from_text(job.coverage, vocabulary.Coverage)),
        source=vocabulary.from_text(job.source, vocabulary.SourceInfo),
        error=vocabulary.job_error(job.error_code, job.error_message, job.error_reason),
        metadata=vocabulary.from_text(job.metadata, dict[str, str]),
        rerender_of=job.rerender_of,
        rewrite_of=job.rewrite_of,
        warnings=list(_warnings(job.unheard_s, coverage)),
    )


def _warnings(
    unheard_s: float | None, coverage: vocabulary.Coverage | None
) -> Iterator[responses.JobWarning]:
    """Yield what the results of a job lack."""
    if unheard_s:
        yield _unheard(unheard_s)
    if coverage is not None:
        lost_s = coverage.speech_seconds - coverage.transcribed_seconds
        if lost_s > MAX_UNINTELLIGIBLE * coverage.speech_seconds:
            yield responses.JobWarning(
                code="unintelligible",
                message=f"In {lost_s:.1f} of {coverage.speech_seconds:.1f} s of speech no words "
                "were understood; `coverage` says where. It may be singing, or several people at "
                "once.",
                seconds=round(lost_s, 1),
            )
        if coverage.doubtful_seconds > MAX_DOUBTFUL * coverage.speech_seconds:
            yield responses.JobWarning(
                code="doubtful",
                message=f"{coverage.doubtful_seconds:.1f} of {coverage.speech_seconds:.1f} s of "
                "speech may be misheard: noise, distance or music. Titles and texts are made of "
                "the other sentences alone; read the captions before you post.",
                seconds=round(coverage.doubtful_seconds, 1),
            )


def _unheard(unheard_s: float) -> responses.JobWarning:
    return responses.JobWarning(
        code="unheard",
        message=f"{unheard_s:.0f} s of the source have no sound that can be read: it breaks off or "
        "is damaged. They were neither transcribed nor charged.",
        seconds=round(unheard_s, 1),
    )


def accepted(job: Submitted) -> responses.Accepted:
    """Convert a job that has just been queued."""
    return responses.Accepted(
        job_id=job.job_id,
        status="queued",
        created_at=vocabulary.moment(job.created_at),
        estimated_seconds=max(1, math.ceil(job.estimated_s)),
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
    )
