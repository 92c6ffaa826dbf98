"""POST /api/v1/process and /api/v1/batches: submit videos."""

import asyncio
import re
from functools import partial

import msgspec
import structlog
from aiohttp import web

from klipfast_server.api import (
    app_keys,
    branding,
    caller,
    links,
    middleware,
    replies,
    request_parsing,
)
from klipfast_server.api.operations import operation
from klipfast_server.core import identifiers
from klipfast_server.core.config import Plan
from klipfast_server.core.errors import BadRequest, KlipfastError, NotFound, Unprocessable
from klipfast_server.files import upload_acceptance
from klipfast_server.net import preflight
from klipfast_server.net.guarded_client import FetchError, check_url
from klipfast_server.schema import job_responses, process_request, responses
from klipfast_server.schema.batches import Batch, BatchItem, SubmittedBatch
from klipfast_server.schema.vocabulary import PRIORITIES
from klipfast_server.store import jobs, usage
from klipfast_server.store.intake import uploads
from klipfast_server.store.jobs import Submission, Submitted
from pipeline.alignment import transcript_reader
from pipeline.core.data import Options, Source
from pipeline.core.errors import SourceError, TooLong
from pipeline.media import source_range

log = structlog.get_logger()
routes = web.RouteTableDef()

BARE_UPLOAD = re.compile(r"upload_[A-Za-z0-9]{1,40}$")
PREFLIGHTS_AT_ONCE = 4  # limit per batch


@routes.post("/api/v1/process")
@operation(
    tag="Videos",
    body=process_request.Process,
    answers={202: (job_responses.Accepted,)},
    errors=(404, 409, 422),
    idempotent=True,
    gives={"job_id": "/job_id"},
    example={"video_url": "https://example.com/video.mp4", "quality": "balanced"},
)
async def process_video(request: web.Request) -> web.Response:
    """Submit a video URL for processing. Returns a job ID you can poll for status.

    409 names the unfinished job with the same request. 422 says why the video cannot be used, as
    far as a first look at it can tell. 404: the upload or the brand does not exist.
    """
    body = await request_parsing.body(request, process_request.Process)
    return replies.reply(await caller.accepted(request, await submit(request, body)), status=202)


@routes.post("/api/v1/batches")
@operation(
    tag="Videos",
    body=Batch,
    answers={202: (SubmittedBatch,)},
    idempotent=True,
    example={
        "videos": [
            {"video_url": "https://example.com/one.mp4"},
            {"video_url": "https://example.com/two.mp4", "clip_count": 3},
        ]
    },
)
async def process_batch(request: web.Request) -> web.Response:
    """Submit up to twenty videos in one call, with one Idempotency-Key.

    Each video is a separate request: a refused one says why in `error` and does not stop the
    others. An invalid field refuses the whole batch with 400.
    """
    body, request_id = await request_parsing.body(request, Batch), request[app_keys.REQUEST_ID]
    batch_id, at_once = identifiers.new("batch"), asyncio.Semaphore(PREFLIGHTS_AT_ONCE)
    failed: list[Exception] = []

    async def item(video: process_request.Process) -> BatchItem:
        refused: KlipfastError
        async with at_once:
            try:
                job = await submit(request, video, batch_id)
                return BatchItem(job=await caller.accepted(request, job), error=None)
            except KlipfastError as error:
                refused = error
            except Exception as error:  # the jobs of the others must be told
                log.exception("a video of a batch failed")
                failed.append(error)
                refused = KlipfastError(
                    f"Internal server error. Quote {request_id} when reporting it."
                )
        told = middleware.error_body(refused, request_id)
        return BatchItem(job=None, error=msgspec.convert(told, responses.ErrorBody))

    items = await asyncio.gather(*map(item, body.videos))
    if failed and not any(item.job for item in items):
        raise failed[0]  # nothing was done: the same call may be sent again
    return replies.reply(SubmittedBatch(batch_id=batch_id, items=items), status=202)


async def submit(
    request: web.Request, body: process_request.Process, batch_id: str | None = None
) -> Submitted:
    """Queue a job for the caller. Raises the errors of POST /api/v1/process."""
    options = body.options(request.app[app_keys.ENGINE].caption_styles)
    if body.brand_id is not None:
        options = await branding.with_brand(request, options, body.brand_id)
    if options.transcript is not None:
        await asyncio.to_thread(_check_transcript, options.transcript)
    if body.webhook_url is not None:
        request_parsing.check_webhook(body.webhook_url, request.app[app_keys.CONFIG].sources)
    submission = msgspec.structs.replace(
        await _submission(request, body.video_url, options),
        metadata=body.metadata,
        webhook_url=body.webhook_url,
        base_url=links.base_url(request),
        title=body.title.strip() or None,
        batch_id=batch_id,
        priority=PRIORITIES[body.priority],
        keep_source=body.keep_source,
    )
    return await jobs.submit(
        request.app[app_keys.DATABASE],
        request.app[app_keys.CONFIG],
        request[app_keys.ACCOUNT].account_id,
        submission,
    )


def _check_transcript(text: str) -> None:
    """Raises BadRequest where it is broken; whether it fits the video shows when that is heard."""
    try:
        transcript_reader.read(text)
    except ValueError as error:
        raise BadRequest(f"transcript: {error}", field="transcript") from error


def _check_length(length_s: float, plan: Plan) -> None:
    """Raises Unprocessable: an upload may be older than the plan."""
    if length_s > plan.max_source_minutes * 60:
        raise Unprocessable(
            f"The recording lasts {length_s / 60:.1f} minutes; at most {plan.max_source_minutes} "
            "are accepted.",
            field="video_url",
            reason=TooLong.reason,
        )


def _check_range(length_s: float, options: Options) -> None:
    """Raises Unprocessable where too little of the source, or too much, is to be used."""
    try:
        source_range.resolve_range(length_s, options.range)
        if options.mode == "whole":
            source_range.check_whole(length_s, options.range)
    except SourceError as error:
        field = "mode" if isinstance(error, TooLong) else "range"
        raise Unprocessable(str(error), field=field, reason=error.reason) from error


async def _submission(request: web.Request, video_url: str, options: Options) -> Submission:
    if video_url.startswith(uploads.UPLOAD):
        return await _uploaded(request, video_url, options)
    try:
        allow_private = request.app[app_keys.CONFIG].sources.allow_private
        url = check_url(video_url, allow_private=allow_private)
    except FetchError as error:
        advice = f" Did you mean upload://{video_url}?" if BARE_UPLOAD.match(video_url) else ""
        raise BadRequest(f"video_url: {error}{advice}", field="video_url") from error
    source = await _looked_into(request, video_url)
    if source is not None:
        _check_range(source.duration_s, options)
    return Submission(
        video_url=video_url,
        file_name=upload_acceptance.base_name(url.path.rstrip("/"), otherwise=""),
        identity=str(url.with_fragment(None)),
        options=options,
        duration_s=usage.counted_s(None if source is None else source.duration_s, options.range),
        source_json=None
        if source is None
        else msgspec.json.encode(uploads.source_info(source)).decode(),
    )


async def _looked_into(request: web.Request, video_url: str) -> Source | None:
    """What is known of it before it is fetched. Raises Unprocessable."""
    config = request.app[app_keys.CONFIG]
    plan = config.plans[request[app_keys.ACCOUNT].plan]
    try:
        return await preflight.look(
            video_url,
            capacity=request.app[app_keys.PREFLIGHTS],
            sources=config.sources,
            work=config.server.data_dir / "work",
            probe=partial(
                request.app[app_keys.ENGINE].probe, max_duration_s=plan.max_source_minutes * 60.0
            ),
        )
    except FetchError as error:
        raise Unprocessable(str(error), field="video_url", reason="unreachable") from error
    except SourceError as error:
        raise Unprocessable(str(error), field="video_url", reason=error.reason) from error


async def _uploaded(request: web.Request, video_url: str, options: Options) -> Submission:
    upload_id = video_url.removeprefix(uploads.UPLOAD)
    upload = await uploads.get(*caller.of(request), upload_id)
    if upload is None:
        raise NotFound(f"There is no upload {upload_id}, or it has expired.", field="video_url")
    length_s = upload.info.duration_seconds
    _check_length(length_s, request.app[app_keys.CONFIG].plans[request[app_keys.ACCOUNT].plan])
    _check_range(length_s, options)
    return Submission(
        video_url=video_url,
        file_name=upload.file_name,
        identity=f"sha256:{upload.sha256.hex()}",
        options=options,
        duration_s=usage.counted_s(length_s, options.range),
        source_json=msgspec.json.encode(upload.info).decode(),
    )
