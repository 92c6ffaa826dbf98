"""/api/v1/webhooks: who is told of an account's jobs, and the secret of its jobs' own webhooks."""

from typing import TypeVar

import msgspec
from aiohttp import web

from klipfast_server.api import app_keys, replies, request_parsing
from klipfast_server.api.operations import operation
from klipfast_server.schema import vocabulary
from klipfast_server.schema.webhooks import (
    CreatedWebhook,
    NewWebhook,
    Webhook,
    WebhookList,
    WebhookSecret,
)
from klipfast_server.store import webhooks

routes = web.RouteTableDef()

Shown = TypeVar("Shown", bound=Webhook)


@routes.post("/api/v1/webhooks")
@operation(
    tag="Webhooks",
    body=NewWebhook,
    answers={201: (CreatedWebhook,)},
    errors=(409,),
    example={"url": "https://example.com/hook", "events": ["job.completed", "job.failed"]},
    idempotent=True,
    gives={"webhook_id": "/webhook_id"},
)
async def create_webhook(request: web.Request) -> web.Response:
    """Have an address told of your jobs; its secret is shown only now.

    Messages are signed as standardwebhooks.com has it, and sent again for a day until they are
    answered 2xx; redirects are not followed, and 410 disables the webhook. Up to 10 an account.
    The body is `{type, timestamp, data}`: of job events, what GET /jobs/{job_id} tells; of
    clip.ready, the clip with its job_id.
    """
    body = await request_parsing.body(request, NewWebhook)
    request_parsing.check_webhook(body.url, request.app[app_keys.CONFIG].sources, field="url")
    made = await webhooks.create(
        request.app[app_keys.DATABASE], request[app_keys.ACCOUNT].account_id, body
    )
    return replies.reply(_shown(made), status=201)


@routes.get("/api/v1/webhooks")
@operation(tag="Webhooks", answers={200: (WebhookList,)})
async def list_webhooks(request: web.Request) -> web.Response:
    """Who is told, oldest first; without the secrets."""
    found = await webhooks.listed(
        request.app[app_keys.DATABASE], request[app_keys.ACCOUNT].account_id
    )
    return replies.reply(WebhookList(webhooks=[_shown(webhook) for webhook in found]))


@routes.get("/api/v1/webhook-secret")
@operation(tag="Webhooks", answers={200: (WebhookSecret,)})
async def get_webhook_secret(request: web.Request) -> web.Response:
    """What signs messages to a job's own webhook_url."""
    secret = await webhooks.job_secret(
        request.app[app_keys.DATABASE], request[app_keys.ACCOUNT].account_id
    )
    return replies.reply(WebhookSecret(secret=secret))


@routes.post("/api/v1/webhook-secret/rotate")
@operation(tag="Webhooks", answers={200: (WebhookSecret,)}, idempotent=True)
async def rotate_webhook_secret(request: web.Request) -> web.Response:
    """Replace that secret; for 24 hours the one before signs along.

    Another rotation within that time ends the one before the last.
    """
    secret = await webhooks.rotate_job_secret(
        request.app[app_keys.DATABASE], request[app_keys.ACCOUNT].account_id
    )
    return replies.reply(WebhookSecret(secret=secret))


@routes.delete("/api/v1/webhooks/{webhook_id}")
@operation(tag="Webhooks", answers={204: ()})
async def delete_webhook(request: web.Request) -> web.Response:
    """Tell that address nothing more, nor what is still pending."""
    await webhooks.delete(
        request.app[app_keys.DATABASE],
        request[app_keys.ACCOUNT].account_id,
        request.match_info["webhook_id"],
    )
    return web.Response(status=204)


def _shown(webhook: Shown) -> Shown:
    return msgspec.structs.replace(
        webhook,
        created_at=vocabulary.moment(webhook.created_at),
        disabled_at=vocabulary.moment_or_none(webhook.disabled_at),
    )
