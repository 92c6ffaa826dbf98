"""JSON of webhooks: receivers, what they are told, and the log of the attempts."""

from datetime import datetime
from typing import Annotated, Literal, get_args

from msgspec import Meta, Struct

from klipfast_server.schema.requests import URL
from klipfast_server.schema.responses import (
    CreatedAt,
    HasMore,
    JobClip,
    JobDetail,
    JobId,
    NextCursor,
)
from klipfast_server.schema.vocabulary import Event, Moment

EVENTS: tuple[Event, ...] = get_args(Event)
DeliveryStatus = Literal["pending", "delivered", "failed"]


class NewWebhook(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Body of POST /api/v1/webhooks; without `events` all are told."""

    url: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=2048,
            description="Who is told: a public http(s) address.",
            extra_json_schema={"pattern": URL},
        ),
    ]
    events: Annotated[
        tuple[Event, ...],
        Meta(min_length=1, max_length=len(EVENTS), description="What to tell; left out: all."),
    ] = EVENTS


class Webhook(Struct, frozen=True, kw_only=True):
    """One receiver of an account's events."""

    webhook_id: Annotated[str, Meta(description="Names the webhook.")]
    url: Annotated[str, Meta(description="Who is told.")]
    events: Annotated[list[Event], Meta(description="What is told.")]
    created_at: CreatedAt
    disabled_at: Annotated[
        Moment | None, Meta(description="When it answered 410 Gone; null: it is told.")
    ]


class CreatedWebhook(Webhook, frozen=True, kw_only=True):
    """201 of POST /api/v1/webhooks."""

    secret: Annotated[str, Meta(description="Signs its messages; shown only here.")]


class WebhookList(Struct, frozen=True, kw_only=True):
    """GET /api/v1/webhooks, oldest first."""

    webhooks: Annotated[list[Webhook], Meta(description="All of the account's.")]


class WebhookSecret(Struct, frozen=True, kw_only=True):
    """GET /api/v1/webhook-secret."""

    secret: Annotated[str, Meta(description="Signs messages to a job's own webhook_url.")]


class Delivery(Struct, frozen=True, kw_only=True):
    """One event for one receiver."""

    delivery_id: Annotated[str, Meta(description="The message's webhook-id.")]
    event: Annotated[Event, Meta(description="What is told.")]
    job_id: JobId
    status: Annotated[DeliveryStatus, Meta(description="failed: given up.")]
    attempts: Annotated[int, Meta(description="Since the event, or its last replay.")]
    response_status: Annotated[
        int | None, Meta(description="Of the last attempt; null: nothing answered.")
    ]
    next_attempt_at: Annotated[Moment | None, Meta(description="null: it has ended.")]
    created_at: Annotated[datetime, Meta(tz=True, description="When it happened.")]
    error: Annotated[str | None, Meta(description="Why the last attempt failed.")]


class DeliveryList(Struct, frozen=True, kw_only=True):
    """A page of deliveries, newest first."""

    deliveries: Annotated[list[Delivery], Meta(description="Those of this page.")]
    next_cursor: NextCursor
    has_more: HasMore


class ReadyClip(JobClip, frozen=True, kw_only=True):
    """Data of clip.ready."""

    job_id: JobId


class Message(Struct, frozen=True, kw_only=True):
    """The body that a receiver gets."""

    type: Event
    timestamp: Moment  # of the event
    data: JobDetail | ReadyClip
