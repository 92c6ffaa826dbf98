"""JSON of webhooks: receivers, what they are told, and the log of the attempts."""

from datetime import datetime
from typing import Annotated, Literal, get_args

from msgspec import Meta, Struct

from klipfast_server.asked import URL
from klipfast_server.wire import Event, JobClip, JobDetail

EVENTS: tuple[Event, ...] = get_args(Event)
DeliveryStatus = Literal["pending", "delivered", "failed"]


class NewWebhook(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Body of POST /api/v1/webhooks; without `events` all are told."""

    url: Annotated[str, Meta(min_length=1, max_length=2048, extra_json_schema={"pattern": URL})]
    events: Annotated[
        tuple[Event, ...],
        Meta(min_length=1, max_length=len(EVENTS), description="What to tell; left out: all."),
    ] = EVENTS


class Webhook(Struct, frozen=True, kw_only=True):
    """One receiver of an account's events; `disabled_at` once it has answered 410 Gone."""

    webhook_id: str
    url: str
    events: list[Event]
    created_at: datetime
    disabled_at: datetime | None


class CreatedWebhook(Webhook, frozen=True, kw_only=True):
    """201 of POST /api/v1/webhooks; the secret is shown only here."""

    secret: str


class WebhookList(Struct, frozen=True, kw_only=True):
    """GET /api/v1/webhooks, oldest first."""

    webhooks: list[Webhook]


class WebhookSecret(Struct, frozen=True, kw_only=True):
    """GET /api/v1/webhook-secret: what messages to a job's own webhook_url are signed with."""

    secret: str


class Delivery(Struct, frozen=True, kw_only=True):
    """One event for one receiver; `delivery_id` is the message's webhook-id."""

    delivery_id: str
    event: Event
    job_id: str
    status: DeliveryStatus
    attempts: int  # since the event or its last replay
    response_status: int | None  # of the last attempt, null where nothing answered
    next_attempt_at: datetime | None  # null when it has ended
    created_at: datetime
    error: str | None  # why the last attempt failed


class DeliveryList(Struct, frozen=True, kw_only=True):
    """A page of deliveries, newest first."""

    deliveries: list[Delivery]
    next_cursor: str | None
    has_more: bool


class ReadyClip(JobClip, frozen=True, kw_only=True):
    """Data of clip.ready."""

    job_id: str


class Message(Struct, frozen=True, kw_only=True):
    """The body that a receiver gets."""

    type: Event
    timestamp: datetime  # of the event
    data: JobDetail | ReadyClip
