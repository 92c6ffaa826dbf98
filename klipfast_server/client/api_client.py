"""A typed client of the API, for programs, the demo and tests."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import aiohttp
import msgspec
from msgspec import Struct

from klipfast_server.client import transfers
from klipfast_server.client.http_calls import BROKEN, ApiError, Calls, part
from klipfast_server.core import webhook_signatures
from klipfast_server.schema import brands as brand_answers
from klipfast_server.schema import (
    clip_responses,
    job_responses,
    responses,
    text_responses,
    vocabulary,
)
from klipfast_server.schema import webhooks as webhook_messages
from klipfast_server.schema.chapters import Chapters
from klipfast_server.schema.corrections import Corrections
from klipfast_server.schema.feedback import Feedback, FeedbackSummary
from pipeline.core.brand import FileKind
from pipeline.core.data import AspectRatio
from pipeline.core.texts import TextKind
from pipeline.export.chapters import ChapterFormat
from pipeline.export.cut_list import TimelineFormat

__all__ = ["ApiError", "Client", "JobProgress", "WebhookEvent", "connected", "verify_webhook"]

PATIENCE_S = 120.0  # of faults in a row: a full minute of requests, a server that starts again
SILENCE_S = 60.0  # without a byte of an event stream, whose server is heard every 15
LONGEST_EVENT = 1 << 23  # bytes
EVENT_STREAM = aiohttp.ClientTimeout(total=None, sock_connect=30, sock_read=SILENCE_S)


class JobProgress(Struct, frozen=True, kw_only=True):
    """State of a job while waiting for it; `clips` counts the finished ones."""

    status: vocabulary.Status
    stage: str | None
    progress: float  # 0..1
    clips: int


class WebhookEvent(Struct, frozen=True, kw_only=True):
    """A webhook message; `data` is a job as in GET /jobs/{job_id}, or a clip with its job_id."""

    type: str
    timestamp: datetime
    data: dict[str, Any]


def verify_webhook(body: bytes, headers: Mapping[str, str], secret: str) -> WebhookEvent:
    """Return the event of a message signed with `secret` (whsec_…) in the last five minutes.

    `body` is the raw body. Raises ValueError for any other message.
    """
    webhook_signatures.check(body, headers, secret)
    try:
        return msgspec.json.decode(body, type=WebhookEvent)
    except msgspec.DecodeError as error:
        raise ValueError(f"The message is signed and not an event: {error}.") from error


class Client:
    """One account on one server, created by `connected`. Refusals are ApiErrors.

    Waits out rate limits, a full queue, broken connections and server restarts.
    """

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def upload(
        self, path: Path, on_progress: Callable[[float], None] = lambda _fraction: None
    ) -> responses.Uploaded:
        """Upload a file, resuming after interruptions. A 422 says why it cannot be used."""
        return await transfers.send(self._calls, path, on_progress)

    async def submit(self, video_url: str, **options: object) -> job_responses.Accepted:
        """Submit a video; `options` as in the API, such as quality="fast"."""
        body = {"video_url": video_url, **options}
        return await self._calls.post("/api/v1/process", job_responses.Accepted, body)

    async def job(self, job_id: str) -> job_responses.JobDetail:
        """Get a job."""
        return await self._calls.get(f"/api/v1/jobs/{part(job_id)}", job_responses.JobDetail)

    async def jobs(
        self, *, limit: int = 20, cursor: str | None = None, **filters: object
    ) -> job_responses.JobList:
        """Get a page of jobs, newest first; `cursor` is next_cursor of the previous page.

        `filters` as in the API, such as status="completed"; None is no filter.
        """
        return await self._calls.get(
            "/api/v1/jobs", job_responses.JobList, limit=limit, cursor=cursor, **filters
        )

    async def cancel(self, job_id: str) -> job_responses.JobDetail:
        """Cancel a job."""
        return await self._calls.post(
            f"/api/v1/jobs/{part(job_id)}/cancel", job_responses.JobDetail
        )

    async def retry(self, job_id: str) -> job_responses.Accepted:
        """Retry a failed or canceled job."""
        return await self._calls.post(f"/api/v1/jobs/{part(job_id)}/retry", job_responses.Accepted)

    async def delete(self, job_id: str) -> None:
        """Delete an ended job and its files; a job already deleted is no error."""
        await self._calls.delete(f"/api/v1/jobs/{part(job_id)}")

    async def clip(self, clip_id: str) -> clip_responses.ClipDetail:
        """Get a clip with a fresh link."""
        return await self._calls.get(f"/api/v1/clips/{part(clip_id)}", clip_responses.ClipDetail)

    async def clips(
        self, *, limit: int = 20, cursor: str | None = None, **filters: object
    ) -> clip_responses.ClipList:
        """Get a page of the clips of all jobs; `filters` as in the API, such as order="best"."""
        return await self._calls.get(
            "/api/v1/clips", clip_responses.ClipList, limit=limit, cursor=cursor, **filters
        )

    async def make_clip(
        self, job_id: str, start_seconds: float, end_seconds: float, **options: object
    ) -> job_responses.Rendering:
        """Make a clip of a span of a job's source; `wait` for its job."""
        path = f"/api/v1/jobs/{part(job_id)}/clips"
        body = {"start_seconds": start_seconds, "end_seconds": end_seconds, **options}
        return await self._calls.post(path, job_responses.Rendering, body)

    async def preview(self, clip_id: str, at_seconds: float, **changes: object) -> bytes:
        """Get a picture, a JPEG, of a clip as changes would render it, at a moment of the source.

        `width`: of the picture in pixels, at most.
        """
        path = f"/api/v1/clips/{part(clip_id)}/preview"
        body = {"at_seconds": at_seconds, **changes}
        _, picture = await self._calls.call("POST", path, json=body)
        return picture

    async def render(self, clip_id: str, **changes: object) -> job_responses.Rendering:
        """Render a clip again with changes, such as aspect_ratio="1:1"; `wait` for its job."""
        path = f"/api/v1/clips/{part(clip_id)}/renders"
        return await self._calls.post(path, job_responses.Rendering, changes)

    async def reel(self, job_id: str, **options: object) -> job_responses.Rendering:
        """Join moments of a job to one clip, such as max_seconds=45; `wait` for its job."""
        path = f"/api/v1/jobs/{part(job_id)}/reels"
        return await self._calls.post(path, job_responses.Rendering, options)

    async def transcript(
        self, job_id: str, form: Literal["json", "srt", "vtt", "txt"] = "json"
    ) -> str:
        """Get the transcript as text."""
        return await self._calls.text(f"/api/v1/jobs/{part(job_id)}/transcript", format=form)

    async def name_speakers(
        self, job_id: str, names: Mapping[str, str | None]
    ) -> job_responses.Speakers:
        """Give names to speakers, by label; None brings a label back."""
        path = f"/api/v1/jobs/{part(job_id)}/speakers"
        return await self._calls.patch(path, job_responses.Speakers, {"names": dict(names)})

    async def corrections(self, job_id: str) -> Corrections:
        """Get the corrections of a job's words, and the clips to render again."""
        return await self._calls.get(f"/api/v1/jobs/{part(job_id)}/corrections", Corrections)

    async def correct(
        self, job_id: str, heard: str, text: str | None, *, start_seconds: float | None = None
    ) -> Corrections:
        """Correct misheard words everywhere, or where they start; None takes it back."""
        path = f"/api/v1/jobs/{part(job_id)}/corrections"
        change = {"heard": heard, "text": text, "start_seconds": start_seconds}
        return await self._calls.patch(path, Corrections, {"corrections": [change]})

    async def texts(self, job_id: str) -> text_responses.JobTexts:
        """Get the texts of an ended job with their authors and sources."""
        return await self._calls.get(f"/api/v1/jobs/{part(job_id)}/texts", text_responses.JobTexts)

    async def text(
        self,
        job_id: str,
        kind: TextKind,
        form: Literal["published", "markdown", "html", "plain"] = "published",
    ) -> str:
        """Get one of the texts; as published, the article is Markdown."""
        path = f"/api/v1/jobs/{part(job_id)}/texts/{kind}"
        return await self._calls.text(path, format=form)

    async def put_text(
        self, job_id: str, kind: TextKind, text: str, *, if_match: str | None = None
    ) -> text_responses.JobText:
        """Replace a text by your own; its `warnings` name what nobody said.

        `if_match`: `etag` of the text that you edited; a 412 if another one is there by now.
        """
        path = f"/api/v1/jobs/{part(job_id)}/texts/{kind}"
        condition = {} if if_match is None else {"If-Match": if_match}
        return await self._calls.put(
            path, text_responses.JobText, {"text": text}, headers=condition
        )

    async def quote_card(
        self,
        job_id: str,
        number: int,
        *,
        caption_style: str | None = None,
        aspect_ratio: Literal["4:5", "1:1"] = "4:5",
        brand_id: str | None = None,
    ) -> bytes:
        """Get a quotation, the first is 1, as a picture: a PNG.

        By default in the job's style, or with its brand; `brand_id` "none": without a brand.
        """
        path = f"/api/v1/jobs/{part(job_id)}/texts/quote_cards/{number}.png"
        return await self._calls.content(
            path, caption_style=caption_style, aspect_ratio=aspect_ratio, brand_id=brand_id
        )

    async def rewrite(
        self, job_id: str, kind: TextKind, **changes: object
    ) -> job_responses.Accepted:
        """Write a text again, such as length="short"; `wait` for the job."""
        path = f"/api/v1/jobs/{part(job_id)}/texts/{kind}"
        return await self._calls.post(path, job_responses.Accepted, changes)

    async def timeline(self, job_id: str, form: TimelineFormat = "otio") -> str:
        """Get the clips as a timeline, as text."""
        return await self._calls.text(f"/api/v1/jobs/{part(job_id)}/timeline", format=form)

    async def chapters(self, job_id: str, *, count: int | None = None) -> Chapters:
        """Get the chapters of a job's talk: `count`, or as many as it has."""
        path = f"/api/v1/jobs/{part(job_id)}/chapters"
        return await self._calls.get(path, Chapters, count=count)

    async def chapter_file(
        self, job_id: str, form: ChapterFormat, *, count: int | None = None
    ) -> str:
        """Get the chapters as the text of a file."""
        path = f"/api/v1/jobs/{part(job_id)}/chapters"
        return await self._calls.text(path, format=form, count=count)

    async def captions(self, clip_id: str, form: Literal["srt", "vtt", "ass"] = "srt") -> str:
        """Get the captions of a clip, as text."""
        return await self._calls.text(f"/api/v1/clips/{part(clip_id)}/captions", format=form)

    async def add_brand(self, name: str, **settings: object) -> brand_answers.BrandDetail:
        """Create a brand; `settings` as in the API, such as caption_style={"base": "boxed"}."""
        body = {"name": name, **settings}
        return await self._calls.post("/api/v1/brands", brand_answers.BrandDetail, body)

    async def brands(self) -> list[brand_answers.BrandDetail]:
        """List the brands."""
        return (await self._calls.get("/api/v1/brands", brand_answers.BrandList)).brands

    async def brand(self, brand_id: str) -> brand_answers.BrandDetail:
        """Get a brand."""
        path = f"/api/v1/brands/{part(brand_id)}"
        return await self._calls.get(path, brand_answers.BrandDetail)

    async def change_brand(self, brand_id: str, **changes: object) -> brand_answers.BrandDetail:
        """Change a brand; what is not named stays."""
        path = f"/api/v1/brands/{part(brand_id)}"
        return await self._calls.patch(path, brand_answers.BrandDetail, changes)

    async def delete_brand(self, brand_id: str) -> None:
        """Delete a brand and its files; one already deleted is no error."""
        await self._calls.delete(f"/api/v1/brands/{part(brand_id)}")

    async def put_brand_file(
        self, brand_id: str, kind: FileKind, path: Path
    ) -> brand_answers.BrandDetail:
        """Upload a font, logo, intro or outro. A 422 says why it cannot be used."""
        where = f"/api/v1/brands/{part(brand_id)}/{kind}"
        return await transfers.put(self._calls, where, path, brand_answers.BrandDetail)

    async def delete_brand_file(self, brand_id: str, kind: FileKind) -> None:
        """Delete one of its files; one already deleted is no error."""
        await self._calls.delete(f"/api/v1/brands/{part(brand_id)}/{kind}")

    async def brand_preview(self, brand_id: str, *, aspect_ratio: AspectRatio = "9:16") -> bytes:
        """Get a picture of a clip in the brand's style, a PNG."""
        path = f"/api/v1/brands/{part(brand_id)}/preview"
        return await self._calls.content(path, aspect_ratio=aspect_ratio)

    async def give_feedback(self, clip_id: str, **said: object) -> Feedback:
        """Say what became of a clip: any of verdict, views, likes, note; None forgets one."""
        return await self._calls.post(f"/api/v1/clips/{part(clip_id)}/feedback", Feedback, said)

    async def feedback(self, clip_id: str) -> Feedback:
        """Get what was said of a clip."""
        return await self._calls.get(f"/api/v1/clips/{part(clip_id)}/feedback", Feedback)

    async def feedback_summary(self) -> FeedbackSummary:
        """Get how much feedback there is, and what is learned from it."""
        return await self._calls.get("/api/v1/feedback", FeedbackSummary)

    async def forget_feedback(self) -> None:
        """Delete all feedback of the account, and what was learned from it."""
        await self._calls.delete("/api/v1/feedback")

    async def usage(self) -> responses.Usage:
        """Get usage and plan limits."""
        return await self._calls.get("/api/v1/usage", responses.Usage)

    async def add_webhook(
        self, url: str, events: tuple[vocabulary.Event, ...] = webhook_messages.USUAL_EVENTS
    ) -> webhook_messages.CreatedWebhook:
        """Create a webhook for these events; its secret is returned only here."""
        body = {"url": url, "events": events}
        return await self._calls.post("/api/v1/webhooks", webhook_messages.CreatedWebhook, body)

    async def webhooks(self) -> list[webhook_messages.Webhook]:
        """List the webhooks."""
        return (await self._calls.get("/api/v1/webhooks", webhook_messages.WebhookList)).webhooks

    async def delete_webhook(self, webhook_id: str) -> None:
        """Delete a webhook; one already deleted is no error."""
        await self._calls.delete(f"/api/v1/webhooks/{part(webhook_id)}")

    async def deliveries(
        self, webhook_id: str, *, cursor: str | None = None
    ) -> webhook_messages.DeliveryList:
        """Get a page of the deliveries of a webhook, newest first."""
        path = f"/api/v1/webhooks/{part(webhook_id)}/deliveries"
        return await self._calls.get(path, webhook_messages.DeliveryList, cursor=cursor)

    async def replay(self, webhook_id: str, delivery_id: str) -> webhook_messages.Delivery:
        """Send a message again."""
        path = f"/api/v1/webhooks/{part(webhook_id)}/deliveries/{part(delivery_id)}/replay"
        return await self._calls.post(path, webhook_messages.Delivery)

    async def job_webhook_secret(self, *, rotate: bool = False) -> str:
        """Get the secret that signs messages to a job's webhook_url."""
        path, kind = "/api/v1/webhook-secret", webhook_messages.WebhookSecret
        if rotate:
            return (await self._calls.post(f"{path}/rotate", kind)).secret
        return (await self._calls.get(path, kind)).secret

    async def wait(
        self, job_id: str, on_progress: Callable[[JobProgress], None] = lambda _progress: None
    ) -> job_responses.JobDetail:
        """Return the job once it has ended, whatever its outcome.

        Follows the job by its event stream, and resumes the stream after interruptions.
        """
        path, patience = f"/api/v1/jobs/{part(job_id)}/events", self._calls.patience()
        last_id = ""
        while True:
            try:
                async with self._calls.opened(
                    "GET", path, headers={"Last-Event-ID": last_id}, timeout=EVENT_STREAM
                ) as response:
                    async for event in _events(response):
                        patience.renew()
                        last_id = event.get("id", last_id)
                        if event.get("event") == "progress":
                            on_progress(msgspec.json.decode(event["data"], type=JobProgress))
                        if event.get("event") == "end":
                            return await self.job(job_id)
                    if response.status == 204:  # its last event had come
                        return await self.job(job_id)
                raise aiohttp.ClientPayloadError("The events ended before the job did.")
            except (ApiError, *BROKEN) as fault:
                await patience.bear(fault)

    async def download(
        self,
        url: str,
        path: Path,
        on_progress: Callable[[float], None] = lambda _fraction: None,
    ) -> None:
        """Save the file behind a link; `path` appears complete or not at all."""
        await transfers.save(self._calls, url, path, on_progress)

    async def archive(self, job_id: str, path: Path) -> None:
        """Save all results of an ended job as a ZIP file; it appears complete or not at all."""
        await transfers.save_archive(self._calls, f"/api/v1/jobs/{part(job_id)}/archive", path)


@asynccontextmanager
async def connected(
    base_url: str, key: str, *, patience_s: float = PATIENCE_S
) -> AsyncIterator[Client]:
    """Return a client of the server at `base_url`, such as http://127.0.0.1:8080.

    `patience_s`: how long consecutive failures are retried.
    """
    async with aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=30, sock_read=300)
    ) as session:
        yield Client(Calls(session, base_url, key, patience_s))


async def _events(response: aiohttp.ClientResponse) -> AsyncIterator[dict[str, str]]:
    """Yield the fields of each event; comments are skipped, they only keep the connection alive."""
    text = b""
    async for chunk in response.content.iter_any():
        text += chunk
        while b"\n\n" in text:
            block, text = text.split(b"\n\n", 1)
            fields = (line.partition(":") for line in block.decode().split("\n"))
            yield {name: value.removeprefix(" ") for name, _, value in fields if name}
        if len(text) > LONGEST_EVENT:
            raise aiohttp.ClientPayloadError("An event is longer than any could be.")
