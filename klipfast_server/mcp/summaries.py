"""Short answers for a reader with little room: what it needs to go on, and no more."""

from typing import Any

import msgspec

from klipfast_client.models import (
    Accepted,
    ClipDetail,
    JobClip,
    JobDetail,
    JobLine,
    JobText,
    Rendering,
    SentenceJson,
)

Answer = dict[str, Any]  # JSON


def of_job(job: JobDetail) -> Answer:
    """Tell where a job stands, and what came of it so far; its transcript and texts are apart."""
    texts = msgspec.to_builtins(job.text_outputs)
    made_from = {
        "rerender_of": job.rerender_of,
        "rewrite_of": job.rewrite_of,
        "span_of": job.span_of,
        "reel_of": job.reel_of,
    }
    return (
        of_line(job)
        | {name: job_id for name, job_id in made_from.items() if job_id}
        | {
            "clips": [of_listed_clip(clip) for clip in job.clips],
            "texts": [kind for kind, text in texts.items() if text],
            "warnings": [warning.message for warning in job.warnings],
        }
    )


def of_line(job: JobDetail | JobLine) -> Answer:
    """Tell where a job stands; what does not apply to it is left out."""
    told: Answer = {
        "job_id": job.job_id,
        "status": job.status,
        "title": job.title,
        "progress": round(job.progress, 3),
        "stage": job.stage,
        "estimated_seconds": job.estimated_seconds,
        "paused_at": job.paused_at,
        "clip_count": job.clip_count,
        "created_at": job.created_at,
        "error": job.error,
    }
    plain: Answer = _plain({name: value for name, value in told.items() if value is not None})
    return plain


def of_listed_clip(clip: JobClip | ClipDetail) -> Answer:
    """Tell what to choose a clip by."""
    return {
        "clip_id": clip.clip_id,
        "title": clip.title,
        "score": clip.virality_score,
        "kind": clip.kind,
        "start_seconds": clip.start_seconds,
        "end_seconds": clip.end_seconds,
        "duration": clip.duration,
        "reason": clip.reason,
        "download_url": clip.download_url,
    }


def of_clip(clip: ClipDetail) -> Answer:
    """Tell all that it takes to judge a clip, publish it or change it."""
    more: Answer = _plain(
        {
            "job_id": clip.job_id,
            "resolution": clip.resolution,
            "caption_style": clip.caption_style,
            "description": clip.description,
            "hashtags": clip.hashtags,
            "title_variants": [variant.title for variant in clip.title_variants],
            "transcript": clip.transcript,
            "thumbnail_url": clip.thumbnail_url,
            "clean_url": clip.clean_url,
            "expires_at": clip.expires_at,
        }
    )
    return of_listed_clip(clip) | more


def of_accepted(accepted: Accepted | Rendering) -> Answer:
    """Tell which job to wait for."""
    answer: Answer = _plain(accepted)
    return answer | {"next": "wait_for_job with this job_id"}


def of_text(text: JobText) -> Answer:
    """Tell about a text without the text."""
    return {
        "kind": text.kind,
        "characters": len(text.text),
        "format": text.format,
        "author": text.author,
        "reason": text.reason,
        "warnings": [warning.message for warning in text.warnings],
    }


def of_sentence(number: int, sentence: SentenceJson) -> Answer:
    """Tell what is said, and when; whether it may be misheard only if so."""
    told: Answer = {
        "sentence": number,
        "start_seconds": sentence.start_seconds,
        "end_seconds": sentence.end_seconds,
        "text": sentence.text,
    }
    if sentence.speaker is not None:
        told["speaker"] = sentence.speaker
    if sentence.doubtful:
        told["doubtful"] = True
    return told


def _plain(value: object) -> Any:
    return msgspec.to_builtins(value)
