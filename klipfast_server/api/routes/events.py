"""GET /api/v1/jobs/{job_id}/events: the progress of a job as server-sent events."""

import asyncio
import time

import asyncpg
import structlog
from aiohttp import web

from klipfast_server import serializers
from klipfast_server.api import (
    app_keys,
    caller,
    event_stream,
    links,
    middleware,
    replies,
    request_parsing,
)
from klipfast_server.api.access import passes
from klipfast_server.api.event_stream import Place, State
from klipfast_server.api.operations import Header, operation
from klipfast_server.core import tokens
from klipfast_server.core.errors import NotFound
from klipfast_server.core.tasks import wait_at_most
from klipfast_server.schema import clip_responses, vocabulary
from klipfast_server.schema.account.access import EventLink, EventsQuery
from klipfast_server.store import faults, jobs
from klipfast_server.store.talks import clip_rows

log = structlog.get_logger()
routes = web.RouteTableDef()

HEARTBEAT_S = 15.0  # silence that proxies and callers are spared
POLL_S = 60.0  # between two looks at the database, should a notice not arrive
AWAY_S = 3.0  # the same, while the database is away
WRITE_S = 30.0  # for one event to be taken by a caller who does not read


@routes.get("/api/v1/jobs/{job_id}/events", allow_head=False)
@operation(
    tag="Jobs",
    query=EventsQuery,
    answers={200: ("text/event-stream",), 204: ()},
    token_for=passes.EVENTS,
    example_arguments=("-N",),
    headers=(
        Header(
            name="Last-Event-ID",
            description="ID of the last event received; the stream continues after it.",
        ),
    ),
)
async def follow_job(request: web.Request) -> web.StreamResponse:
    """Follow a job through server-sent events: `progress`, `clip` and a final `end`.

    204: no events follow the given Last-Event-ID. At most ten streams per account. An EventSource,
    which cannot send a key, takes the URL of GET /api/v1/jobs/{job_id}/events/link.
    """
    request_parsing.query(request, EventsQuery)
    db, account_id = caller.of(request)
    job = await jobs.get(db, account_id, request.match_info["job_id"])
    place = Place(request.headers.get("Last-Event-ID", ""))
    if place.ended and job.status in event_stream.ENDED:
        return web.Response(status=204)  # tells an EventSource not to come again
    with request.app[app_keys.STREAMS].admitted(account_id):
        stream = _Stream(request, place)
        await stream.response.prepare(request)
        try:
            await stream.tell()
        except (TimeoutError, ConnectionError):
            log.info("client disconnected", job_id=job.job_id)
            if request.transport is not None:
                request.transport.abort()  # one who does not read would not read the end either
        except asyncpg.PostgresError as error:
            # Headers are sent, so no error can be; the caller comes again with the last id.
            log.warning("stream ended early", job_id=job.job_id, error=repr(error))
        return stream.response


@routes.get("/api/v1/jobs/{job_id}/events/link")
@operation(tag="Jobs", answers={200: (EventLink,)})
async def get_event_link(request: web.Request) -> web.Response:
    """Get a URL of the event stream that needs no key, for an EventSource in a browser.

    It lasts an hour, at most as long as the key that requests it; an open stream lasts as long as
    that key.
    """
    job_id = request.match_info["job_id"]
    await jobs.get(*caller.of(request), job_id)
    token, seconds = passes.token_of(request, passes.EVENTS, job_id)
    return replies.reply(
        EventLink(
            url=f"{links.base_url(request)}/api/v1/jobs/{job_id}/events?token={token}",
            expires_at=vocabulary.moment(tokens.in_seconds(seconds)),
        )
    )


class _Stream:
    """One caller's open response."""

    def __init__(self, request: web.Request, place: Place) -> None:
        self.response = web.StreamResponse(
            headers={
                "Content-Type": "text/event-stream; charset=utf-8",
                "Cache-Control": "no-store",
                "X-Accel-Buffering": "no",  # nginx would keep events back
            }
        )
        self._request = request
        self._streams = request.app[app_keys.STREAMS]
        self._place = place
        self._written_at = time.monotonic()

    async def tell(self) -> None:
        """Every change until the end, the caller's leaving or the server's."""
        with self._streams.following(self._request.match_info["job_id"], self._has_gone) as wake:
            await self._tell_changes(wake)

    def _has_gone(self) -> bool:
        return middleware.has_gone(self._request)

    async def _tell_changes(self, wake: asyncio.Event) -> None:
        last_sent = None
        while not (self._streams.is_stopping or self._has_gone()):
            wake.clear()  # before the look: what changes after it wakes again
            try:
                state, clips = await self._look()
            except faults.TEMPORARY as error:  # a caller who has a stream keeps it
                log.warning("stream waits for the database", error=repr(error))
                await self._wait(wake, AWAY_S)
                continue
            if state is not None and not state.is_admitted:
                log.info("stream ends with its key", job_id=self._request.match_info["job_id"])
                return
            for ordinal, clip in clips:
                await self._write(self._place.event("clip", clip, ordinal))
            if state is not None:
                progress = event_stream.progress_of(state)
                if progress != last_sent:
                    await self._write(self._place.event("progress", progress))
                    last_sent = progress
            end = event_stream.end_of(state)
            if end is not None:
                await self._write(self._place.event("end", end))
                return
            await self._wait(wake, POLL_S)

    async def _wait(self, wake: asyncio.Event, within_s: float) -> None:
        """Wait for a notice, the next poll, or the caller's leaving; send heartbeats meanwhile."""
        until = time.monotonic() + within_s
        while not wake.is_set() and (now := time.monotonic()) < until:
            if now >= self._written_at + HEARTBEAT_S:
                await self._write(event_stream.HEARTBEAT)
            await wait_at_most(wake, min(until, self._written_at + HEARTBEAT_S) - now)

    async def _look(self) -> tuple[State | None, list[tuple[int, clip_responses.JobClip]]]:
        """Return (state of the job, clips that were not told with their ordinals)."""
        db, account = self._request.app[app_keys.DATABASE], self._request[app_keys.ACCOUNT]
        state = await event_stream.look(db, account, self._request.match_info["job_id"])
        if state is None or not state.is_admitted:
            return state, []
        ids = dict(zip(state.ordinals, state.clip_ids, strict=True))
        clips = []
        for ordinal in self._place.untold(state.ordinals):
            try:
                row = await clip_rows.get(db, account.account_id, ids[ordinal])
            except NotFound:  # canceled or deleted this very moment
                continue
            clip = await serializers.job_clip(
                self._request.app[app_keys.STORAGE], row, links.base_url(self._request)
            )
            clips.append((ordinal, clip))
        return state, clips

    async def _write(self, text: bytes) -> None:
        async with asyncio.timeout(WRITE_S):
            await self.response.write(text)
        self._written_at = time.monotonic()
