"""Webhooks: endpoints, messages, and the log of delivery attempts."""

from datetime import datetime
from typing import Annotated, Literal, get_args

from msgspec import Struct

from klipfast_server.schema.clip_responses import Begin, ClipId, End, JobClip, Title
from klipfast_server.schema.fields import about
from klipfast_server.schema.job_responses import CreatedAt, JobDetail
from klipfast_server.schema.patterns import URL
from klipfast_server.schema.responses import HasMore, JobId, NextCursor
from klipfast_server.schema.vocabulary import Event, JobError, Moment

EVENTS: tuple[Event, ...] = get_args(Event)
USUAL_EVENTS: tuple[Event, ...] = (
    "job.completed",
    "job.failed",
    "clip.ready",
)  # what becomes of jobs
DeliveryStatus = Literal["pending", "delivered", "failed"]


class WebhookRequest(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Body of POST /api/v1/webhooks."""

    url: Annotated[
        str,
        about(
            "Public http(s) URL that receives the events.",
            min_length=1,
            max_length=2048,
            shown_pattern=URL,
        ),
    ]
    events: Annotated[
        tuple[Event, ...],
        about(
            "Events to send; by default those that a job's webhook_url receives. Pings are "
            "always sent.",
            min_length=1,
            max_length=len(EVENTS),
        ),
    ] = USUAL_EVENTS


class Webhook(Struct, frozen=True, kw_only=True):
    """An endpoint that receives an account's events."""

    webhook_id: Annotated[str, about("ID of the webhook.")]
    url: Annotated[str, about("URL that receives the events.")]
    events: Annotated[list[Event], about("Events that are sent.")]
    created_at: CreatedAt
    disabled_at: Annotated[
        Moment | None,
        about("When the endpoint answered 410 Gone and was disabled; null while active."),
    ]


class CreatedWebhook(Webhook, frozen=True, kw_only=True):
    """201 of POST /api/v1/webhooks."""

    secret: Annotated[str, about("Signing secret; shown only in this response.")]


class WebhookList(Struct, frozen=True, kw_only=True):
    """GET /api/v1/webhooks, oldest first."""

    webhooks: Annotated[list[Webhook], about("All webhooks of the account.")]


class WebhookSecret(Struct, frozen=True, kw_only=True):
    """GET /api/v1/webhook-secret."""

    secret: Annotated[str, about("Signing secret of messages to a job's webhook_url.")]


class Delivery(Struct, frozen=True, kw_only=True):
    """One event for one endpoint."""

    delivery_id: Annotated[str, about("ID of the message, sent as webhook-id.")]
    event: Annotated[Event, about("Event of the message.")]
    job_id: Annotated[str | None, about("ID of the job; null for a ping.")]
    status: Annotated[
        DeliveryStatus, about("pending, delivered, or failed once retries have ended.")
    ]
    attempts: Annotated[int, about("Attempts since the event or its last replay.")]
    response_status: Annotated[
        int | None, about("HTTP status of the last attempt; null without a response.")
    ]
    next_attempt_at: Annotated[Moment | None, about("Next attempt; null once delivered or failed.")]
    created_at: Annotated[datetime, about("Time of the event.", tz=True)]
    error: Annotated[str | None, about("Why the last attempt failed.")]


class DeliveryList(Struct, frozen=True, kw_only=True):
    """A page of deliveries, newest first."""

    deliveries: Annotated[list[Delivery], about("Deliveries of this page.")]
    next_cursor: NextCursor
    has_more: HasMore


class ReadyClip(JobClip, frozen=True, kw_only=True):
    """Data of clip.ready."""

    job_id: JobId


class FailedClip(Struct, frozen=True, kw_only=True):
    """Data of clip.failed: a moment that was picked and could not be rendered."""

    job_id: JobId
    clip_id: ClipId
    title: Title
    start_seconds: Begin
    end_seconds: End
    error: Annotated[JobError, about("Why; the job goes on with its other clips.")]


class Ping(Struct, frozen=True, kw_only=True):
    """Data of ping."""

    webhook_id: Annotated[str, about("ID of the webhook.")]


class Message(Struct, frozen=True, kw_only=True):
    """Body of a webhook request."""

    type: Event
    timestamp: Moment  # when the event happened
    data: JobDetail | ReadyClip | FailedClip | Ping
