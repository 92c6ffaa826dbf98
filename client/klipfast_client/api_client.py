"""The typed client of the API: a method for each call."""

# The server imports this package, and `make openapi` the server: a type that is not in models.py
# yet must not keep either from starting.
from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Unpack

import aiohttp
import msgspec

from klipfast_client import event_stream, models, transfers
from klipfast_client.account_calls import AccountCalls
from klipfast_client.errors import ApiError
from klipfast_client.http_calls import BROKEN, Calls, new_session, part
from klipfast_client.text_calls import TextCalls

PATIENCE_S = 120.0  # longest run of faults: a full minute of requests, a server that restarts


class Client(AccountCalls, TextCalls):
    """One account on one server, created by `connected`. Refusals are ApiErrors.

    Waits out rate limits, a full queue, broken connections and server restarts, but not a server
    that has never answered: that is Unreachable within five seconds.
    """

    async def upload(
        self, path: str | Path, on_progress: Callable[[float], None] = lambda _fraction: None
    ) -> models.Uploaded:
        """Upload a file, resuming after interruptions. A 422 says why it cannot be used."""
        return await transfers.send(self._calls, Path(path), on_progress)

    async def submit(
        self, video_url: str, **options: Unpack[models.ProcessOptions]
    ) -> models.Accepted:
        """Submit a video; `options` as in the API, such as quality="fast"."""
        body = {"video_url": video_url, **options}
        return await self._calls.post("/api/v1/process", models.Accepted, body)

    async def submit_batch(self, items: Sequence[models.ProcessBody]) -> models.SubmittedBatch:
        """Submit several videos; each item is accepted or refused by itself."""
        return await self._calls.post(
            "/api/v1/batches", models.SubmittedBatch, {"items": list(items)}
        )

    async def uploaded(self, upload_id: str) -> models.Uploaded:
        """Get an upload."""
        return await self._calls.get(f"/api/v1/uploads/{part(upload_id)}", models.Uploaded)

    async def delete_upload(self, upload_id: str) -> None:
        """Delete an upload; one already deleted is no error."""
        await self._calls.delete(f"/api/v1/uploads/{part(upload_id)}")

    async def upload_token(
        self, **options: Unpack[models.UploadTokenOptions]
    ) -> models.UploadToken:
        """Create a token that uploads files and does nothing else, for a browser."""
        return await self._calls.post("/api/v1/upload-tokens", models.UploadToken, options)

    async def caption_styles(self) -> models.CaptionStyles:
        """List the caption styles."""
        return await self._calls.get("/api/v1/caption-styles", models.CaptionStyles)

    async def caption_preview(self, name: str) -> bytes:
        """Get a picture of a caption style, a PNG."""
        return await self._calls.content(f"/api/v1/caption-styles/{part(name)}/preview.png")

    async def caption_motion(self, name: str) -> bytes:
        """Get a moving picture of a caption style, a transparent WebP."""
        return await self._calls.content(f"/api/v1/caption-styles/{part(name)}/motion.webp")

    async def job(self, job_id: str) -> models.JobDetail:
        """Get a job."""
        return await self._calls.get(f"/api/v1/jobs/{part(job_id)}", models.JobDetail)

    async def jobs(
        self,
        *,
        limit: int = 20,
        cursor: str | None = None,
        **filters: Unpack[models.JobFilters],
    ) -> models.JobList:
        """Get a page of jobs, newest first; `cursor` is next_cursor of the previous page.

        `filters` as in the API, such as status="completed"; None is no filter.
        """
        return await self._calls.get(
            "/api/v1/jobs", models.JobList, limit=limit, cursor=cursor, **filters
        )

    async def cancel(self, job_id: str) -> models.JobDetail:
        """Cancel a job."""
        return await self._calls.post(f"/api/v1/jobs/{part(job_id)}/cancel", models.JobDetail)

    async def pause(self, job_id: str) -> models.JobDetail:
        """Keep a queued job from starting."""
        return await self._calls.post(f"/api/v1/jobs/{part(job_id)}/pause", models.JobDetail)

    async def resume(self, job_id: str) -> models.Accepted:
        """Let a paused job start."""
        return await self._calls.post(f"/api/v1/jobs/{part(job_id)}/resume", models.Accepted)

    async def retry(self, job_id: str) -> models.Accepted:
        """Retry a failed or canceled job."""
        return await self._calls.post(f"/api/v1/jobs/{part(job_id)}/retry", models.Accepted)

    async def delete(self, job_id: str) -> None:
        """Delete an ended job and its files; a job already deleted is no error."""
        await self._calls.delete(f"/api/v1/jobs/{part(job_id)}")

    async def trash(self, job_id: str) -> models.JobDetail:
        """Put an ended job in the trash, which deletes it after seven days."""
        return await self._calls.post(f"/api/v1/jobs/{part(job_id)}/trash", models.JobDetail, {})

    async def untrash(self, job_id: str) -> models.JobDetail:
        """Take a job out of the trash."""
        return await self._calls.post(f"/api/v1/jobs/{part(job_id)}/restore", models.JobDetail, {})

    async def delete_clip(self, clip_id: str) -> None:
        """Delete a clip in all its versions; one already deleted is no error."""
        await self._calls.delete(f"/api/v1/clips/{part(clip_id)}")

    async def clip(self, clip_id: str) -> models.ClipDetail:
        """Get a clip with a fresh link."""
        return await self._calls.get(f"/api/v1/clips/{part(clip_id)}", models.ClipDetail)

    async def clips(
        self,
        *,
        limit: int = 20,
        cursor: str | None = None,
        **filters: Unpack[models.ClipFilters],
    ) -> models.ClipList:
        """Get a page of the clips of all jobs; `filters` as in the API, such as order="best"."""
        return await self._calls.get(
            "/api/v1/clips", models.ClipList, limit=limit, cursor=cursor, **filters
        )

    async def make_clip(
        self,
        job_id: str,
        start_seconds: float,
        end_seconds: float,
        **options: Unpack[models.ClipOptions],
    ) -> models.Rendering:
        """Make a clip of a span of a job's source; `wait` for its job."""
        path = f"/api/v1/jobs/{part(job_id)}/clips"
        body = {"start_seconds": start_seconds, "end_seconds": end_seconds, **options}
        return await self._calls.post(path, models.Rendering, body)

    async def preview(
        self, clip_id: str, at_seconds: float, **changes: Unpack[models.PreviewOptions]
    ) -> bytes:
        """Get a picture, a JPEG, of a clip as changes would render it, at a moment of the source.

        `width`: of the picture in pixels, at most.
        """
        path = f"/api/v1/clips/{part(clip_id)}/preview"
        body = {"at_seconds": at_seconds, **changes}
        _, picture = await self._calls.call("POST", path, json=body)
        return picture

    async def preview_stream(
        self, clip_id: str, **changes: Unpack[models.RenderOptions]
    ) -> models.PreviewStream:
        """Get the URL of an MP4 that plays a clip as changes would render it."""
        path = f"/api/v1/clips/{part(clip_id)}/preview/stream"
        return await self._calls.post(path, models.PreviewStream, changes)

    async def framing(self, clip_id: str) -> models.Framing:
        """Get where the camera of a clip looks, and who is seen there."""
        return await self._calls.get(f"/api/v1/clips/{part(clip_id)}/framing", models.Framing)

    async def editing(self, clip_id: str) -> models.ClipEditing:
        """Get all that an editor of a clip begins with: words, cuts, options and versions."""
        return await self._calls.get(f"/api/v1/clips/{part(clip_id)}/editing", models.ClipEditing)

    async def clip_transcript(self, clip_id: str) -> models.ClipTranscript:
        """Get the words of a clip with their times."""
        path = f"/api/v1/clips/{part(clip_id)}/transcript"
        return await self._calls.get(path, models.ClipTranscript)

    async def candidates(self, job_id: str) -> models.CandidateList:
        """Get the moments that were weighed for clips, and what became of each."""
        return await self._calls.get(
            f"/api/v1/jobs/{part(job_id)}/candidates", models.CandidateList
        )

    async def render(
        self, clip_id: str, **changes: Unpack[models.RenderOptions]
    ) -> models.Rendering:
        """Render a clip again with changes, such as aspect_ratio="1:1"; `wait` for its job."""
        path = f"/api/v1/clips/{part(clip_id)}/renders"
        return await self._calls.post(path, models.Rendering, changes)

    async def versions(self, clip_id: str) -> models.ClipVersions:
        """List the versions of a clip, the current one first."""
        path = f"/api/v1/clips/{part(clip_id)}/versions"
        return await self._calls.get(path, models.ClipVersions)

    async def restore(self, clip_id: str) -> models.ClipVersions:
        """Make a version of a clip the current one again."""
        path = f"/api/v1/clips/{part(clip_id)}/restore"
        return await self._calls.post(path, models.ClipVersions, {})

    async def reel(self, job_id: str, **options: Unpack[models.ReelOptions]) -> models.Rendering:
        """Join moments of a job to one clip, such as max_seconds=45; `wait` for its job."""
        path = f"/api/v1/jobs/{part(job_id)}/reels"
        return await self._calls.post(path, models.Rendering, options)

    async def transcript(self, job_id: str, form: models.TranscriptFormat = "json") -> str:
        """Get the transcript as the text of a file."""
        return await self._calls.text(f"/api/v1/jobs/{part(job_id)}/transcript", format=form)

    async def sentences(self, job_id: str) -> models.TranscriptJson:
        """Get the transcript: sentences and words with their times and speakers."""
        return await self._calls.get(
            f"/api/v1/jobs/{part(job_id)}/transcript", models.TranscriptJson
        )

    async def overview(self, job_id: str, *, points: int | None = None) -> models.Overview:
        """Get the waveform of a job's source in `points`, and its sentences."""
        path = f"/api/v1/jobs/{part(job_id)}/overview"
        return await self._calls.get(path, models.Overview, points=points)

    async def talk(
        self, job_id: str, *, points: int | None = None, after_seconds: float | None = None
    ) -> models.WholeTalk:
        """Get all of a job's talk at once; `heard` while it is transcribed."""
        path = f"/api/v1/jobs/{part(job_id)}/talk"
        return await self._calls.get(
            path, models.WholeTalk, points=points, after_seconds=after_seconds
        )

    async def source_link(self, job_id: str) -> models.SourceLink:
        """Get a link to the source of a job for a player, or for `download`."""
        return await self._calls.get(f"/api/v1/jobs/{part(job_id)}/source/link", models.SourceLink)

    async def source_picture(
        self, job_id: str, *, at_seconds: float | None = None, width: int | None = None
    ) -> bytes:
        """Get a picture of the source at a moment, a JPEG."""
        path = f"/api/v1/jobs/{part(job_id)}/source/picture"
        return await self._calls.content(path, at_seconds=at_seconds, width=width)

    async def event_link(self, job_id: str) -> models.EventLink:
        """Get a link to the events of a job for a browser, without a key."""
        return await self._calls.get(f"/api/v1/jobs/{part(job_id)}/events/link", models.EventLink)

    async def feeds(self) -> list[models.FeedDetail]:
        """List the feeds of the account whose episodes become jobs."""
        return (await self._calls.get("/api/v1/feeds", models.FeedList)).feeds

    async def name_speakers(
        self, job_id: str, names: Mapping[str, str | None]
    ) -> models.SpeakerList:
        """Give names to speakers, by label; None brings a label back."""
        path = f"/api/v1/jobs/{part(job_id)}/speakers"
        return await self._calls.patch(path, models.SpeakerList, {"names": dict(names)})

    async def corrections(self, job_id: str) -> models.CorrectionList:
        """Get the corrections of a job's words, and the clips to render again."""
        return await self._calls.get(
            f"/api/v1/jobs/{part(job_id)}/corrections", models.CorrectionList
        )

    async def correct(
        self, job_id: str, heard: str, text: str | None, *, start_seconds: float | None = None
    ) -> models.CorrectionList:
        """Correct misheard words everywhere, or where they start; None takes it back."""
        path = f"/api/v1/jobs/{part(job_id)}/corrections"
        change = {"heard": heard, "text": text, "start_seconds": start_seconds}
        return await self._calls.patch(path, models.CorrectionList, {"corrections": [change]})

    async def timeline(self, job_id: str, form: models.TimelineFormat = "otio") -> str:
        """Get the clips as a timeline, as text."""
        return await self._calls.text(f"/api/v1/jobs/{part(job_id)}/timeline", format=form)

    async def chapters(self, job_id: str, *, count: int | None = None) -> models.ChapterList:
        """Get the chapters of a job's talk: `count`, or as many as it has."""
        path = f"/api/v1/jobs/{part(job_id)}/chapters"
        return await self._calls.get(path, models.ChapterList, count=count)

    async def chapter_file(
        self, job_id: str, form: models.ChapterFormat, *, count: int | None = None
    ) -> str:
        """Get the chapters as the text of a file."""
        path = f"/api/v1/jobs/{part(job_id)}/chapters"
        return await self._calls.text(path, format=form, count=count)

    async def captions(self, clip_id: str, form: models.CaptionFormat = "srt") -> str:
        """Get the captions of a clip, as text."""
        return await self._calls.text(f"/api/v1/clips/{part(clip_id)}/captions", format=form)

    async def give_feedback(self, clip_id: str, verdict: models.Verdict | None) -> models.Feedback:
        """Say whether you kept or rejected a clip; None forgets it."""
        return await self._calls.post(
            f"/api/v1/clips/{part(clip_id)}/feedback", models.Feedback, {"verdict": verdict}
        )

    async def feedback(self, clip_id: str) -> models.Feedback:
        """Get what was said of a clip."""
        return await self._calls.get(f"/api/v1/clips/{part(clip_id)}/feedback", models.Feedback)

    async def wait(
        self,
        job_id: str,
        on_progress: Callable[[models.ProgressEvent], None] = lambda _progress: None,
    ) -> models.JobDetail:
        """Return the job once it has ended, whatever its outcome.

        Follows the job by its event stream, and resumes the stream after interruptions.
        """
        path, patience = f"/api/v1/jobs/{part(job_id)}/events", self._calls.patience()
        last_id = ""
        while True:
            try:
                async with self._calls.opened(
                    "GET", path, headers={"Last-Event-ID": last_id}, timeout=event_stream.TIMEOUT
                ) as response:
                    async for event in event_stream.events(response):
                        patience.renew()
                        last_id = event.get("id", last_id)
                        if event.get("event") == "progress":
                            on_progress(
                                msgspec.json.decode(event["data"], type=models.ProgressEvent)
                            )
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
        path: str | Path,
        on_progress: Callable[[float], None] = lambda _fraction: None,
    ) -> None:
        """Save the file behind a link; `path` appears complete or not at all."""
        await transfers.save(self._calls, url, Path(path), on_progress)

    async def archive(self, job_id: str, path: str | Path) -> None:
        """Save all results of an ended job as a ZIP file; it appears complete or not at all."""
        where = f"/api/v1/jobs/{part(job_id)}/archive"
        await transfers.save_archive(self._calls, where, Path(path))


@asynccontextmanager
async def connected(
    base_url: str, key: str, *, patience_s: float = PATIENCE_S
) -> AsyncIterator[Client]:
    """Yield a client of the server at `base_url`, such as http://127.0.0.1:8080.

    `patience_s`: how long consecutive failures are retried, once the server has answered.
    """
    async with new_session() as session:
        yield Client(Calls(session, base_url, key, patience_s))
