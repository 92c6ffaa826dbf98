"""The tools: what an assistant can do with KlipFast. Each is one or two calls of the API.

A language model reads the names, types and descriptions of the arguments: six at most, and what the
API has beyond them is in `options`. Answers are short JSON; a refusal is the API's message, which
says what would be right.
"""

import asyncio
import base64
from typing import Annotated, Any, Literal

import msgspec
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.tools import Tool
from mcp_types import CallToolResult, ImageContent, TextContent, ToolAnnotations
from pydantic import Field

from klipfast_client import Client, ProgressEvent
from klipfast_server.mcp import api_tool, summaries
from klipfast_server.mcp.access import Access, ToolContext, reporter
from klipfast_server.mcp.api_tool import given
from klipfast_server.mcp.summaries import Answer
from klipfast_server.schema.clip_requests import ClipRequest, Render
from klipfast_server.schema.list_queries import ClipsQuery, JobsQuery
from klipfast_server.schema.process_request import Process
from klipfast_server.schema.talk.corrections import CorrectionChange
from klipfast_server.schema.writing.text_requests import Rewrite
from pipeline.core.texts import TextKind

READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
ADDS = ToolAnnotations(read_only_hint=False, destructive_hint=False, open_world_hint=False)
FETCHES = ToolAnnotations(read_only_hint=False, destructive_hint=False, open_world_hint=True)
REPLACES = ToolAnnotations(
    read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=False
)
PREVIEW_WIDTH = 360  # pixels: enough to judge a picture by, and few tokens
MOST_SENTENCES = 300

JobId = Annotated[str, Field(description="ID of a job, job_…", max_length=100)]
ClipId = Annotated[str, Field(description="ID of a clip, clip_…", max_length=100)]
Kind = Annotated[TextKind, Field(description="Which text.")]
Seconds = Annotated[float, Field(ge=0, le=86_400)]
Search = Annotated[str | None, Field(max_length=200, description="Only what has this text.")]
Options = dict[str, Any] | None


def build(access: Access) -> list[Tool]:
    """Build all tools."""
    tools = Tools(access)
    return [
        api_tool.build(tools.submit_talk, "Submit a talk", FETCHES, Process),
        api_tool.build(tools.wait_for_job, "Wait for a job", READS),
        api_tool.build(tools.get_job, "Look at a job", READS),
        api_tool.build(tools.list_jobs, "List jobs", READS, JobsQuery),
        api_tool.build(tools.cancel_job, "Cancel a job", REPLACES),
        api_tool.build(tools.list_clips, "List clips", READS, ClipsQuery),
        api_tool.build(tools.get_clip, "Look at a clip", READS),
        api_tool.build(tools.make_clip, "Make a clip of a span", ADDS, ClipRequest),
        api_tool.build(tools.edit_clip, "Preview or render a changed clip", ADDS, Render),
        api_tool.build(tools.get_transcript, "Read or search a transcript", READS),
        api_tool.build(tools.correct_words, "Correct misheard words", REPLACES, CorrectionChange),
        api_tool.build(tools.get_text, "Read the texts of a talk", READS),
        api_tool.build(tools.write_text, "Replace or rewrite a text", REPLACES, Rewrite),
        api_tool.build(tools.get_usage, "Look at plan and usage", READS),
    ]


class Tools:
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
        title: str | None = None,
        clip_count: int | None = None,
        max_duration: float | None = None,
        caption_style: str | None = None,
        options: Options = None,
    ) -> Answer:
        """Submit a long talk; KlipFast picks its best moments and makes short clips and texts.

        Answers at once with a job_id: call wait_for_job next. It uses minutes of the plan. The
        same video with the same options twice at a time is refused, and the other job is named.
        """
        path = None if "://" in source else self._access.file(source)
        async with self._access.client(ctx) as client:
            video_url = source
            if path is not None:
                try:
                    video_url = (await client.upload(path)).video_url
                except OSError as error:
                    raise ToolError(f"{path} cannot be read: {error.strerror}.") from error
            wishes = given(
                options,
                title=title,
                clip_count=clip_count,
                max_duration=max_duration,
                caption_style=caption_style,
            )
            return summaries.of_accepted(await client.submit(video_url, **wishes))

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
        status: str | None = None,
        search: Search = None,
        source_job_id: str | None = None,
        limit: int = 20,
        cursor: str | None = None,
        options: Options = None,
    ) -> Answer:
        """List the account's jobs, newest first."""
        filters = given(options, status=status, q=search, source_job_id=source_job_id)
        async with self._access.client(ctx) as client:
            page = await client.jobs(limit=limit, cursor=cursor, **filters)
            jobs = [summaries.of_line(job) for job in page.jobs]
            return {"jobs": jobs, "next_cursor": page.next_cursor}

    async def cancel_job(self, ctx: ToolContext, job_id: JobId) -> Answer:
        """Cancel a job that waits or works. Nothing is charged; finished clips stay."""
        async with self._access.client(ctx) as client:
            return summaries.of_job(await client.cancel(job_id))

    async def list_clips(
        self,
        ctx: ToolContext,
        *,
        job_id: str | None = None,
        search: Search = None,
        order: str = "best",
        limit: int = 20,
        cursor: str | None = None,
        options: Options = None,
    ) -> Answer:
        """List clips of one job or of all; `score` (0-100) ranks passages, and forecasts no views.

        download_url is a link to the MP4 that needs no key; give it to the user as it is.
        """
        filters = given(options, job_id=job_id, q=search, order=order)
        async with self._access.client(ctx) as client:
            page = await client.clips(limit=limit, cursor=cursor, **filters)
            clips = [summaries.of_listed_clip(clip) for clip in page.clips]
            return {"clips": clips, "next_cursor": page.next_cursor}

    async def get_clip(self, ctx: ToolContext, clip_id: ClipId) -> Answer:
        """Look at one clip: what is said in it, titles, description, hashtags, fresh links."""
        async with self._access.client(ctx) as client:
            return summaries.of_clip(await client.clip(clip_id))

    async def make_clip(
        self,
        ctx: ToolContext,
        *,
        job_id: JobId,
        start_seconds: float,
        end_seconds: float,
        title: str | None = None,
        options: Options = None,
    ) -> Answer:
        """Make a clip of any span of a talk that was submitted; find the times in get_transcript.

        It is a new job with one clip, and is free: call wait_for_job next.
        """
        async with self._access.client(ctx) as client:
            made = await client.make_clip(
                job_id, start_seconds, end_seconds, **given(options, title=title)
            )
            return summaries.of_accepted(made)

    async def edit_clip(
        self,
        ctx: ToolContext,
        *,
        clip_id: ClipId,
        title: str | None = None,
        start_seconds: float | None = None,
        end_seconds: float | None = None,
        preview_at_seconds: Annotated[
            Seconds | None,
            Field(
                description="Render nothing: answer with a picture of the clip, with the changes, "
                "at this moment of the talk."
            ),
        ] = None,
        options: Options = None,
    ) -> CallToolResult:
        """Render a clip again with changes, or, with preview_at_seconds, see a picture of them.

        What is not given stays as it was. The clip that is there stays, too: the new one is a new
        job, and is free; call wait_for_job next. At least one change is needed to render.
        """
        changes = given(options, title=title, start_seconds=start_seconds, end_seconds=end_seconds)
        async with self._access.client(ctx) as client:
            if preview_at_seconds is None:
                return _result(summaries.of_accepted(await client.render(clip_id, **changes)))
            picture = await client.preview(
                clip_id, preview_at_seconds, width=PREVIEW_WIDTH, **changes
            )
            told = {"clip_id": clip_id, "at_seconds": preview_at_seconds, "changes": changes}
            return _result(told, picture)

    async def get_transcript(
        self,
        ctx: ToolContext,
        *,
        job_id: JobId,
        search: Search = None,
        start_seconds: Annotated[Seconds, Field(description="Only what is said from here on.")] = 0,
        end_seconds: Annotated[
            Seconds | None, Field(description="Only what is said before.")
        ] = None,
        limit: Annotated[
            int, Field(ge=1, le=MOST_SENTENCES, description="How many sentences at most.")
        ] = 100,
    ) -> Answer:
        """Read what is said in a talk, sentence by sentence with times, or search in it.

        `found` counts all sentences that fit. If there are more than are told,
        continue_at_seconds is the start_seconds of the next call.
        """
        async with self._access.client(ctx) as client:
            transcript = await client.sentences(job_id)
        wanted = (search or "").casefold()
        end = end_seconds if end_seconds is not None else float("inf")
        fitting = [
            (number, sentence)
            for number, sentence in enumerate(transcript.sentences)
            if start_seconds <= sentence.start_seconds < end and wanted in sentence.text.casefold()
        ]
        told: Answer = {
            "language": transcript.language,
            "duration_seconds": transcript.duration_seconds,
            "found": len(fitting),
            "sentences": [summaries.of_sentence(*each) for each in fitting[:limit]],
        }
        if len(fitting) > limit:
            told["continue_at_seconds"] = fitting[limit][1].start_seconds
        return told

    async def correct_words(
        self,
        ctx: ToolContext,
        *,
        job_id: JobId,
        heard: str,
        said: Annotated[
            str | None,
            Field(max_length=100, description="What was really said; null undoes the correction."),
        ],
        start_seconds: float | None = None,
    ) -> Answer:
        """Correct misheard words of a talk, everywhere or in one place.

        Transcript, captions, titles and what is made from then on are right. Clips that are there
        stay as they are: clips_to_render names those that edit_clip or the user may render again.
        """
        async with self._access.client(ctx) as client:
            found = await client.correct(job_id, heard, said, start_seconds=start_seconds)
            answer: Answer = msgspec.to_builtins(found)
            return answer

    async def get_text(
        self,
        ctx: ToolContext,
        *,
        job_id: JobId,
        kind: Annotated[
            TextKind | None, Field(description="Which text; default: list them.")
        ] = None,
        format: Annotated[
            Literal["published", "markdown", "html", "plain"],
            Field(description="published: Markdown for articles, plain text for the others."),
        ] = "published",
    ) -> Answer:
        """Read a text that was written from a talk, or list its texts with author and warnings.

        Every sentence rests on what was said; `reason` says why a text was withheld.
        """
        async with self._access.client(ctx) as client:
            if kind is None:
                texts = (await client.texts(job_id)).texts
                return {"job_id": job_id, "texts": [summaries.of_text(text) for text in texts]}
            text = await client.text(job_id, kind, format)
            return {"job_id": job_id, "kind": kind, "format": format, "text": text}

    async def write_text(
        self,
        ctx: ToolContext,
        *,
        job_id: JobId,
        kind: Kind,
        text: Annotated[
            str | None,
            Field(max_length=50_000, description="Your own text, put there instead."),
        ] = None,
        options: Options = None,
    ) -> Answer:
        """Replace a text of a completed job by your own, or have KlipFast write it again.

        With `text`, it is stored at once, and `warnings` names what nobody said in the talk: mend
        it, or tell the user. Without, a new job writes it with the options: call wait_for_job.
        Either way the present text is replaced.
        """
        if text is not None and options:
            raise ToolError(
                "Pass either text, to put your own there, or options, to have it written again; "
                "not both."
            )
        async with self._access.client(ctx) as client:
            if text is not None:
                return summaries.of_text(await client.put_text(job_id, kind, text))
            return summaries.of_accepted(await client.rewrite(job_id, kind, **given(options)))

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


def _result(told: Answer, picture: bytes | None = None) -> CallToolResult:
    content: list[Any] = [TextContent(type="text", text=msgspec.json.encode(told).decode())]
    if picture is not None:
        data = base64.b64encode(picture).decode()
        content.append(ImageContent(type="image", data=data, mime_type="image/jpeg"))
    return CallToolResult(content=content, structured_content=told)
