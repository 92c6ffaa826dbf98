"""Tools for clips: find them, cut one of any span, change one, and see the change first."""

import base64
from typing import Annotated, Any, Literal

import msgspec
from mcp_types import CallToolResult, ImageContent, TextContent
from pydantic import Field

from klipfast_server.mcp import summaries
from klipfast_server.mcp.access import Access, ToolContext
from klipfast_server.mcp.arguments import (
    CaptionStyle,
    ClipId,
    Cursor,
    Emphasis,
    Fillers,
    HookTitle,
    JobId,
    Layout,
    Page,
    Pauses,
    Ratio,
    Seconds,
    Title,
    given,
)
from klipfast_server.mcp.summaries import Answer
from pipeline.core.data import MomentKind, Motion, Quality

PREVIEW_WIDTH = 360  # pixels: enough to judge a picture by, and few tokens


class ClipTools:
    """Each method is a tool."""

    def __init__(self, access: Access) -> None:
        self._access = access

    async def list_clips(
        self,
        ctx: ToolContext,
        *,
        job_id: Annotated[str | None, Field(description="Only clips of this job.")] = None,
        search: Annotated[
            str | None, Field(max_length=200, description="A text in title or transcript.")
        ] = None,
        kind: Annotated[MomentKind | None, Field(description="Only moments of this kind.")] = None,
        min_score: Annotated[int, Field(ge=0, le=100, description="Only from this score.")] = 0,
        order: Annotated[
            Literal["newest", "oldest", "best"], Field(description="Which come first.")
        ] = "best",
        limit: Page = 20,
        cursor: Cursor = None,
    ) -> Answer:
        """List clips of one job or of all; `score` (0-100) ranks passages, and forecasts no views.

        download_url is a link to the MP4 that needs no key; give it to the user as it is.
        """
        async with self._access.client(ctx) as client:
            page = await client.clips(
                limit=limit,
                cursor=cursor,
                job_id=job_id,
                q=search,
                kind=kind,
                min_virality_score=min_score,
                order=order,
            )
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
        start_seconds: Annotated[Seconds, Field(description="Start in the talk, s.")],
        end_seconds: Annotated[
            Seconds, Field(description="End in the talk, 1 to 180 s after the start.")
        ],
        title: Title = None,
        aspect_ratio: Ratio = None,
        layout: Layout = None,
        caption_style: CaptionStyle = None,
        remove_silences: Pauses = None,
        remove_fillers: Fillers = None,
        hook_title: HookTitle = None,
    ) -> Answer:
        """Make a clip of any span of a talk that was submitted; find the times in get_transcript.

        It is a new job with one clip, and is free: call wait_for_job next.
        """
        options = {
            "title": title,
            "aspect_ratio": aspect_ratio,
            "layout": layout,
            "caption_style": caption_style,
            "remove_silences": remove_silences,
            "remove_fillers": remove_fillers,
            "hook_title": hook_title,
        }
        async with self._access.client(ctx) as client:
            made = await client.make_clip(job_id, start_seconds, end_seconds, **given(options))
            return summaries.of_accepted(made)

    async def edit_clip(
        self,
        ctx: ToolContext,
        *,
        clip_id: ClipId,
        title: Title = None,
        start_seconds: Annotated[
            Seconds | None, Field(description="New start in the talk, s.")
        ] = None,
        end_seconds: Annotated[Seconds | None, Field(description="New end in the talk, s.")] = None,
        aspect_ratio: Ratio = None,
        layout: Layout = None,
        motion: Annotated[
            Motion | None, Field(description="Movement of the camera in a still take.")
        ] = None,
        caption_style: CaptionStyle = None,
        quality: Annotated[Quality | None, Field(description="fast is 720 pixels wide.")] = None,
        remove_silences: Pauses = None,
        remove_fillers: Fillers = None,
        hook_title: HookTitle = None,
        emphasis: Emphasis = None,
        brand_id: Annotated[
            str | None, Field(description="Another brand of the account, or none.")
        ] = None,
        preview_at_seconds: Annotated[
            Seconds | None,
            Field(
                description="Render nothing: answer with a picture of the clip, with the changes, "
                "at this moment of the talk."
            ),
        ] = None,
    ) -> CallToolResult:
        """Render a clip again with changes, or, with preview_at_seconds, see a picture of them.

        What is not given stays as it was. The clip that is there stays, too: the new one is a new
        job, and is free; call wait_for_job next. At least one change is needed to render.
        """
        changes = given(
            {
                "title": title,
                "start_seconds": start_seconds,
                "end_seconds": end_seconds,
                "aspect_ratio": aspect_ratio,
                "layout": layout,
                "motion": motion,
                "caption_style": caption_style,
                "quality": quality,
                "remove_silences": remove_silences,
                "remove_fillers": remove_fillers,
                "hook_title": hook_title,
                "emphasis": emphasis,
                "brand_id": brand_id,
            }
        )
        async with self._access.client(ctx) as client:
            if preview_at_seconds is None:
                return _result(summaries.of_accepted(await client.render(clip_id, **changes)))
            picture = await client.preview(
                clip_id, preview_at_seconds, width=PREVIEW_WIDTH, **changes
            )
            told = {"clip_id": clip_id, "at_seconds": preview_at_seconds, "changes": changes}
            return _result(told, picture)


def _result(told: Answer, picture: bytes | None = None) -> CallToolResult:
    content: list[Any] = [TextContent(type="text", text=msgspec.json.encode(told).decode())]
    if picture is not None:
        data = base64.b64encode(picture).decode()
        content.append(ImageContent(type="image", data=data, mime_type="image/jpeg"))
    return CallToolResult(content=content, structured_content=told)
