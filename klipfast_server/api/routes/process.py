"""POST /api/v1/process: submit a video."""

import asyncio
from functools import partial

import msgspec
from aiohttp import web

from klipfast_server import serializers
from klipfast_server.api import app_keys, branding, links, replies, request_parsing
from klipfast_server.api.operations import operation
from klipfast_server.core.config import Plan
from klipfast_server.core.errors import BadRequest, NotFound, Unprocessable
from klipfast_server.net import preflight
from klipfast_server.net.guarded_client import FetchError, check_url
from klipfast_server.schema import requests, responses
from klipfast_server.store import jobs, uploads, usage
from klipfast_server.store.jobs import Submission
from pipeline.alignment import transcript_reader
from pipeline.core.data import Options, Source
from pipeline.core.errors import SourceError, TooLong
from pipeline.media import source_range

routes = web.RouteTableDef()


@routes.post("/api/v1/process")
@operation(
    tag="Videos",
    body=requests.Process,
    answers={202: (responses.Accepted,)},
    errors=(404, 409, 422),
    idempotent=True,
    gives={"job_id": "/job_id"},
    example={"video_url": "https://example.com/video.mp4", "quality": "balanced"},
)
async def process(request: web.Request) -> web.Response:
    """Submit a video URL for processing. Returns a job ID you can poll for status.

    409 names the unfinished job with the same request. 422 says why the video cannot be used, as
    far as a first look at it can tell. 404: the upload or the brand does not exist.
    """
    body = await request_parsing.body(request, requests.Process)
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
    )
    job = await jobs.submit(
        request.app[app_keys.DATABASE],
        request.app[app_keys.CONFIG],
        request[app_keys.ACCOUNT].account_id,
        submission,
    )
    return replies.reply(serializers.accepted(job), status=202)


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
    """Raises Unprocessable where too little of the source lies in the range asked for."""
    try:
        source_range.resolve_range(length_s, options.range)
    except SourceError as error:
        raise Unprocessable(str(error), field="range", reason=error.reason) from error


async def _submission(request: web.Request, video_url: str, options: Options) -> Submission:
    if video_url.startswith(uploads.UPLOAD):
        return await _uploaded(request, video_url, options)
    try:
        allow_private = request.app[app_keys.CONFIG].sources.allow_private
        url = check_url(video_url, allow_private=allow_private)
    except FetchError as error:
        raise BadRequest(f"video_url: {error}", field="video_url") from error
    source = await _looked_into(request, video_url)
    if source is not None:
        _check_range(source.duration_s, options)
    return Submission(
        video_url=video_url,
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
        raise Unprocessable(str(error), field="video_url") from error
    except SourceError as error:
        raise Unprocessable(str(error), field="video_url", reason=error.reason) from error


async def _uploaded(request: web.Request, video_url: str, options: Options) -> Submission:
    upload_id = video_url.removeprefix(uploads.UPLOAD)
    upload = await uploads.get(
        request.app[app_keys.DATABASE], request[app_keys.ACCOUNT].account_id, upload_id
    )
    if upload is None:
        raise NotFound(f"There is no upload {upload_id}, or it has expired.", field="video_url")
    length_s = upload.info.duration_seconds
    _check_length(length_s, request.app[app_keys.CONFIG].plans[request[app_keys.ACCOUNT].plan])
    _check_range(length_s, options)
    return Submission(
        video_url=video_url,
        identity=f"sha256:{upload.sha256.hex()}",
        options=options,
        duration_s=usage.counted_s(length_s, options.range),
        source_json=msgspec.json.encode(upload.info).decode(),
    )
