"""/api/v1/webhooks: the webhooks of an account, and the secret of its jobs' webhook_url."""

from aiohttp import web

from klipfast_server.api import app_keys, caller, replies, request_parsing
from klipfast_server.api.operations import operation
from klipfast_server.schema import vocabulary
from klipfast_server.schema.account.webhooks import (
    CreatedWebhook,
    Delivery,
    WebhookList,
    WebhookRequest,
    WebhookSecret,
)
from klipfast_server.store import webhook_endpoints

routes = web.RouteTableDef()


@routes.post("/api/v1/webhooks")
@operation(
    tag="Webhooks",
    body=WebhookRequest,
    answers={201: (CreatedWebhook,)},
    errors=(409,),
    example={"url": "https://example.com/hook", "events": ["job.completed", "job.failed"]},
    idempotent=True,
    gives={"webhook_id": "/webhook_id"},
)
async def create_webhook(request: web.Request) -> web.Response:
    """Create a webhook; its secret is shown only in this response.

    Messages are signed as specified by standardwebhooks.com and retried for a day until a 2xx
    response. Redirects are not followed, and 410 disables the webhook. Up to 10 per account.
    The body is `{type, timestamp, data}`; data is the response of GET /jobs/{job_id} for job
    events, the clip with its job_id for clip.ready, and what failed for clip.failed.
    """
    body = await request_parsing.body(request, WebhookRequest)
    request_parsing.check_webhook(body.url, request.app[app_keys.CONFIG].sources, field="url")
    made = await webhook_endpoints.create(*caller.of(request), body)
    return replies.reply(vocabulary.in_whole_seconds(made), status=201)


@routes.get("/api/v1/webhooks")
@operation(tag="Webhooks", answers={200: (WebhookList,)})
async def list_webhooks(request: web.Request) -> web.Response:
    """List the webhooks, oldest first.

    A secret is shown only when its webhook is created.
    """
    found = await webhook_endpoints.listed(*caller.of(request))
    return replies.reply(WebhookList(webhooks=list(map(vocabulary.in_whole_seconds, found))))


@routes.get("/api/v1/webhook-secret")
@operation(tag="Webhooks", answers={200: (WebhookSecret,)}, noted=True)
async def get_webhook_secret(request: web.Request) -> web.Response:
    """Get the secret that signs messages to a job's webhook_url.

    The account has one for all jobs; each webhook has its own.
    """
    secret = await webhook_endpoints.job_secret(*caller.of(request))
    return replies.reply(WebhookSecret(secret=secret))


@routes.post("/api/v1/webhook-secret/rotate")
@operation(tag="Webhooks", answers={200: (WebhookSecret,)}, idempotent=True)
async def rotate_webhook_secret(request: web.Request) -> web.Response:
    """Rotate that secret; the previous one also signs for 24 hours.

    Another rotation within that time retires the oldest of the three.
    """
    secret = await webhook_endpoints.rotate_job_secret(*caller.of(request))
    return replies.reply(WebhookSecret(secret=secret))


@routes.post("/api/v1/webhooks/{webhook_id}/ping")
@operation(tag="Webhooks", answers={202: (Delivery,)}, errors=(409,), idempotent=True)
async def ping_webhook(request: web.Request) -> web.Response:
    """Send a ping to a webhook, signed and retried like every message.

    GET /api/v1/webhooks/{webhook_id}/deliveries tells what became of it. 409: it is disabled.
    """
    db, account_id = caller.of(request)
    webhook = await webhook_endpoints.get(db, account_id, request.match_info["webhook_id"])
    sent = await caller.outbox(request).ping(account_id, webhook)
    return replies.reply(vocabulary.in_whole_seconds(sent), status=202)


@routes.delete("/api/v1/webhooks/{webhook_id}")
@operation(tag="Webhooks", answers={204: ()})
async def delete_webhook(request: web.Request) -> web.Response:
    """Delete a webhook and its pending deliveries.

    A message that is being sent may still arrive.
    """
    await webhook_endpoints.delete(*caller.of(request), request.match_info["webhook_id"])
    return web.Response(status=204)
