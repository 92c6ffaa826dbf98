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
# Fields of an answer, in their order.
LINE = (
    *("job_id", "status", "title", "progress", "stage", "estimated_seconds", "paused_at"),
    *("clip_count", "created_at", "error"),
)
MADE_FROM = ("rerender_of", "rewrite_of", "span_of", "reel_of")
LISTED_CLIP = ("kind", "start_seconds", "end_seconds", "duration", "reason", "download_url")
CLIP = (
    *("job_id", "resolution", "caption_style", "description", "hashtags", "transcript"),
    *("thumbnail_url", "clean_url", "expires_at"),
)


def of_job(job: JobDetail) -> Answer:
    """Tell where a job stands, and what came of it so far; its transcript and texts are apart."""
    return (
        of_line(job)
        | _picked(job, *MADE_FROM)
        | {
            "clips": [of_listed_clip(clip) for clip in job.clips],
            "texts": list(_picked(job.text_outputs)),
            "warnings": [warning.message for warning in job.warnings],
        }
    )


def of_line(job: JobDetail | JobLine) -> Answer:
    """Tell where a job stands."""
    return _picked(job, *LINE) | {"progress": round(job.progress, 3)}


def of_listed_clip(clip: JobClip | ClipDetail) -> Answer:
    """Tell what to choose a clip by."""
    named = {"clip_id": clip.clip_id, "title": clip.title, "score": clip.virality_score}
    return named | _picked(clip, *LISTED_CLIP)


def of_clip(clip: ClipDetail) -> Answer:
    """Tell all that it takes to judge a clip, publish it or change it."""
    titles = [variant.title for variant in clip.title_variants]
    return of_listed_clip(clip) | _picked(clip, *CLIP) | {"title_variants": titles}


def of_accepted(accepted: Accepted | Rendering) -> Answer:
    """Tell which job to wait for."""
    answer: Answer = msgspec.to_builtins(accepted)
    return answer | {"next": "wait_for_job with this job_id"}


def of_text(text: JobText) -> Answer:
    """Tell about a text without the text."""
    return _picked(text, "kind", "format", "author", "reason") | {
        "characters": len(text.text),
        "warnings": [warning.message for warning in text.warnings],
    }


def of_sentence(number: int, sentence: SentenceJson) -> Answer:
    """Tell what is said, and when; whether it may be misheard only if so."""
    told = _picked(sentence, "start_seconds", "end_seconds", "text", "speaker")
    return {"sentence": number} | told | ({"doubtful": True} if sentence.doubtful else {})


def _picked(value: object, *names: str) -> Answer:
    """Return the fields of these names, or all, as JSON; null and empty ones are left out."""
    plain: Answer = msgspec.to_builtins(value)
    return {name: plain[name] for name in names or plain if plain.get(name) not in (None, "")}
