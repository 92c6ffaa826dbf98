"""Tools for jobs: submit a talk, follow what becomes of it, and see what the plan leaves."""

import asyncio
from typing import Annotated, Any, Literal

import msgspec
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from klipfast_client import Client, ProgressEvent
from klipfast_client.models import Status
from klipfast_server.mcp import summaries
from klipfast_server.mcp.access import Access, ToolContext, reporter
from klipfast_server.mcp.arguments import (
    CaptionStyle,
    Cursor,
    Emphasis,
    Fillers,
    HookTitle,
    JobId,
    Layout,
    Page,
    Ratio,
    given,
)
from klipfast_server.mcp.summaries import Answer
from pipeline.core.data import MomentKind, Quality
from pipeline.core.texts import TextKind


class JobTools:
    """Each method is a tool."""

    def __init__(self, access: Access) -> None:
        self._access = access

    async def submit_talk(
        self,
        ctx: ToolContext,
        *,
        source: Annotated[
            str,
            Field(
                min_length=1,
                max_length=4096,
                description="http(s):// URL of a video or audio file, upload://… of an upload, or, "
                "only where klipfast mcp runs on the user's own machine (stdio), a path of a file.",
            ),
        ],
        title: Annotated[
            str | None, Field(max_length=200, description="What to call the talk.")
        ] = None,
        clip_count: Annotated[
            int | None, Field(ge=1, le=20, description="How many clips at most; default by length.")
        ] = None,
        min_duration: Annotated[
            float | None, Field(ge=5, le=180, description="Shortest clip, s; default 15.")
        ] = None,
        max_duration: Annotated[
            float | None, Field(ge=5, le=180, description="Longest clip, s; default 90.")
        ] = None,
        aspect_ratio: Ratio = None,
        layout: Layout = None,
        caption_style: CaptionStyle = None,
        language: Annotated[
            str | None, Field(description="ISO 639-1 code of what is spoken; default: detected.")
        ] = None,
        prompt: Annotated[
            str | None,
            Field(max_length=500, description="What moments to look for, in your own words."),
        ] = None,
        keywords: Annotated[
            list[str] | None, Field(max_length=20, description="Prefer passages about these.")
        ] = None,
        kinds: Annotated[
            list[MomentKind] | None, Field(description="Prefer moments of these kinds.")
        ] = None,
        vocabulary: Annotated[
            list[str] | None,
            Field(max_length=100, description="Names and terms to spell correctly."),
        ] = None,
        texts: Annotated[
            list[TextKind] | None,
            Field(description="Texts to write; default: thread, post and article."),
        ] = None,
        quality: Annotated[
            Quality | None, Field(description="fast is 720 pixels wide; default balanced, 1080.")
        ] = None,
        remove_silences: Annotated[
            Literal["natural", "fast"] | None, Field(description="Shorten pauses.")
        ] = None,
        remove_fillers: Fillers = None,
        hook_title: HookTitle = None,
        emphasis: Emphasis = None,
    ) -> Answer:
        """Submit a long talk; KlipFast picks its best moments and makes short clips and texts.

        Answers at once with a job_id: call wait_for_job next. It uses minutes of the plan. The
        same video with the same options twice at a time is refused, and the other job is named.
        """
        options = {
            "title": title,
            "clip_count": clip_count,
            "min_duration": min_duration,
            "max_duration": max_duration,
            "aspect_ratio": aspect_ratio,
            "layout": layout,
            "caption_style": caption_style,
            "language": language,
            "prompt": prompt,
            "keywords": keywords,
            "kinds": kinds,
            "vocabulary": vocabulary,
            "text_outputs": texts,
            "quality": quality,
            "remove_silences": remove_silences,
            "remove_fillers": remove_fillers,
            "hook_title": hook_title,
            "emphasis": emphasis,
        }
        path = None if "://" in source else self._access.file(source)
        async with self._access.client(ctx) as client:
            video_url = source
            if path is not None:
                try:
                    video_url = (await client.upload(path)).video_url
                except OSError as error:
                    raise ToolError(f"{path} cannot be read: {error.strerror}.") from error
            return summaries.of_accepted(await client.submit(video_url, **given(options)))

    async def wait_for_job(
        self,
        ctx: ToolContext,
        *,
        job_id: JobId,
        max_seconds: Annotated[
            float, Field(ge=1, le=600, description="Return after this time at the latest.")
        ] = 45,
    ) -> Answer:
        """Wait until a job has ended, for a bounded time, and tell of progress meanwhile.

        `ended` false means that it goes on: tell the user how far it is, and call again. When it
        is completed, the answer has its clips, best first; when it failed, `error` says why.
        """
        async with self._access.client(ctx) as client:
            try:
                async with asyncio.timeout(max_seconds) as limit:
                    job = await _ended(client, job_id, ctx)
            except TimeoutError:
                if not limit.expired():
                    raise
                job = await client.job(job_id)
            ended = job.status in ("completed", "failed", "canceled")
            return {"ended": ended} | summaries.of_job(job)

    async def get_job(self, ctx: ToolContext, job_id: JobId) -> Answer:
        """Look at a job as it is now: status, progress, the clips so far, which texts it has."""
        async with self._access.client(ctx) as client:
            return summaries.of_job(await client.job(job_id))

    async def list_jobs(
        self,
        ctx: ToolContext,
        *,
        status: Annotated[Status | None, Field(description="Only jobs with this status.")] = None,
        search: Annotated[
            str | None, Field(max_length=200, description="A text in title, file name or URL.")
        ] = None,
        source_job_id: Annotated[
            str | None,
            Field(description="Only what was made from this job: renders, spans, reels."),
        ] = None,
        limit: Page = 20,
        cursor: Cursor = None,
    ) -> Answer:
        """List the account's jobs, newest first."""
        async with self._access.client(ctx) as client:
            page = await client.jobs(
                limit=limit, cursor=cursor, status=status, q=search, source_job_id=source_job_id
            )
            jobs = [summaries.of_line(job) for job in page.jobs]
            return {"jobs": jobs, "next_cursor": page.next_cursor}

    async def cancel_job(self, ctx: ToolContext, job_id: JobId) -> Answer:
        """Cancel a job that waits or works. Nothing is charged; finished clips stay."""
        async with self._access.client(ctx) as client:
            return summaries.of_job(await client.cancel(job_id))

    async def get_usage(self, ctx: ToolContext) -> Answer:
        """Look at the plan: minutes, storage and credits used and left, and its limits."""
        async with self._access.client(ctx) as client:
            answer: Answer = msgspec.to_builtins(await client.usage())
            return answer


async def _ended(client: Client, job_id: str, ctx: ToolContext) -> Any:
    """Return a job once it has ended; tell of its progress meanwhile."""
    news: asyncio.Queue[ProgressEvent] = asyncio.Queue()
    report = reporter(ctx)

    async def tell() -> None:
        while True:
            now = await news.get()
            await report(now.progress, f"{now.stage or now.status}, {now.clips} clips")

    telling = asyncio.create_task(tell())
    try:
        return await client.wait(job_id, news.put_nowait)
    finally:
        telling.cancel()
