"""The chapters of a job's talk: as JSON, for YouTube, for podcasts, and as WebVTT."""

import asyncio
from collections.abc import Sequence

from aiohttp import web
from msgspec import UNSET

from klipfast_server.api import caller, replies, request_parsing
from klipfast_server.api.operations import operation
from klipfast_server.core.errors import NotFound
from klipfast_server.schema.talk import chapters as schema
from klipfast_server.store import ended_jobs, talk_json
from klipfast_server.store.talk_json import StoredTalk
from pipeline.analysis import chapter_choice
from pipeline.analysis.chapter_choice import Chapter
from pipeline.export import chapter_files as files
from pipeline.export.chapter_files import MIN_YOUTUBE_CHAPTERS, ChapterFormat

routes = web.RouteTableDef()

PLAIN, PODCAST, WEBVTT = "text/plain", "application/json+chapters", "text/vtt"
FILES: dict[ChapterFormat, tuple[str, str]] = {
    "youtube": (f"{PLAIN}; charset=utf-8", "chapters.txt"),
    "podcast": (PODCAST, "chapters.json"),
    "vtt": (f"{WEBVTT}; charset=utf-8", "chapters.vtt"),
}
EARLIER = (
    "The talk was transcribed by an earlier version, which looked for no chapters; "
    "submit the video again."
)
UNTITLED = "No part of the talk says what it is about in words that make a title."


@routes.get("/api/v1/jobs/{job_id}/chapters")
@operation(
    tag="Jobs",
    query=schema.ChaptersQuery,
    answers={200: (schema.ChapterList, PLAIN, PODCAST, WEBVTT)},
    errors=(409,),
    example_query="?format=youtube",
)
async def get_chapters(request: web.Request) -> web.Response:
    """Get the chapters of a job's talk: where its topic changes, with titles.

    They are there whatever texts were asked for. JSON of a talk without chapters has an empty list
    and the reason; as a file they are a 404 then, and so are fewer than three for YouTube, which
    ignores these. 409: the job is not transcribed yet.
    """
    asked = request_parsing.query(request, schema.ChaptersQuery)
    job_id = request.match_info["job_id"]
    talk = await ended_jobs.get_talk(*caller.of(request), job_id)
    count = None if asked.count is UNSET else asked.count
    found, reason = await asyncio.to_thread(chosen, talk, count)
    if asked.format == "json":
        return replies.reply(list_of(job_id, found, reason))
    if reason is not None:
        raise NotFound(f"{job_id} has no chapters: {reason}")
    if asked.format == "youtube" and len(found) < MIN_YOUTUBE_CHAPTERS:
        have = "1 chapter" if len(found) == 1 else f"{len(found)} chapters"
        raise NotFound(
            f"{job_id} has {have} here; YouTube shows {MIN_YOUTUBE_CHAPTERS} or more. A "
            "larger count may find more; format=json lists the ones found."
        )
    kind, name = FILES[asked.format]
    return web.Response(
        body=files.write(found, asked.format).encode(),
        headers={"Content-Type": kind, "Content-Disposition": f'attachment; filename="{name}"'},
    )


def chosen(talk: StoredTalk, count: int | None) -> tuple[tuple[Chapter, ...], str | None]:
    """Return the chapters of a talk, and why there are none; blocks."""
    known = talk_json.decode(talk, words=False)
    if known.chapters is None:
        return (), EARLIER
    found = chapter_choice.choose(known.chapters, known.source.duration_s, count)
    return found, None if found else UNTITLED


def list_of(job_id: str, found: Sequence[Chapter], reason: str | None) -> schema.ChapterList:
    """Return chapters as an answer."""
    return schema.ChapterList(
        job_id=job_id,
        chapters=[
            schema.Chapter(
                title=chapter.title,
                start_seconds=round(chapter.start_s, 3),
                end_seconds=round(chapter.end_s, 3),
            )
            for chapter in found
        ],
        reason=reason,
    )
