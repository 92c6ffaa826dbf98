"""Deliveries of an account's webhooks and of a job's webhook_url, and their replay."""

from aiohttp import web

from klipfast_server.api import app_keys, caller, cursors, replies, request_parsing
from klipfast_server.api.operations import operation
from klipfast_server.core import identifiers
from klipfast_server.core.errors import NotFound
from klipfast_server.schema import queries, vocabulary
from klipfast_server.schema.account.webhooks import Delivery, DeliveryList
from klipfast_server.store import webhook_endpoints

routes = web.RouteTableDef()


@routes.get("/api/v1/webhooks/{webhook_id}/deliveries")
@operation(
    tag="Webhooks", query=queries.Page, answers={200: (DeliveryList,)}, example_query="?limit=20"
)
async def list_webhook_deliveries(request: web.Request) -> web.Response:
    """List the deliveries of a webhook, newest first.

    `delivery_id` is the webhook-id of the message.
    """
    return await _listed(request, _named(request, "wh", "webhook"))


@routes.get("/api/v1/jobs/{job_id}/deliveries")
@operation(
    tag="Webhooks", query=queries.Page, answers={200: (DeliveryList,)}, example_query="?limit=20"
)
async def list_job_deliveries(request: web.Request) -> web.Response:
    """List the deliveries to a job's webhook_url, newest first.

    `delivery_id` is the webhook-id of the message.
    """
    return await _listed(request, _named(request, "job", "job"))


@routes.post("/api/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/replay")
@operation(tag="Webhooks", answers={202: (Delivery,)}, errors=(409,), idempotent=True)
async def replay_webhook_delivery(request: web.Request) -> web.Response:
    """Resend a message now, under the same ID, whatever its outcome.

    409: the webhook is disabled.
    """
    return await _replayed(request, _named(request, "wh", "webhook"))


@routes.post("/api/v1/jobs/{job_id}/deliveries/{delivery_id}/replay")
@operation(tag="Webhooks", answers={202: (Delivery,)}, idempotent=True)
async def replay_job_delivery(request: web.Request) -> web.Response:
    """Resend a message to a job's webhook_url now.

    The message keeps its ID, whatever its outcome.
    """
    return await _replayed(request, _named(request, "job", "job"))


def _named(request: web.Request, kind: str, name: str) -> str:
    """The webhook or the job of the path, each under its own path alone. Raises NotFound."""
    target = request.match_info[f"{name}_id"]
    if not identifiers.is_valid(kind, target):
        raise NotFound(f"There is no {name} {target}.")
    return target


async def _listed(request: web.Request, target: str) -> web.Response:
    page = request_parsing.query(request, queries.Page)
    pages = cursors.Pages(request, f"deliveries of {target}", page.cursor)
    found, more = await webhook_endpoints.deliveries(
        *caller.of(request), target, limit=page.limit, after=pages.after_time()
    )
    next_cursor = pages.next(found[-1].created_at, found[-1].delivery_id) if more else None
    lines = list(map(vocabulary.in_whole_seconds, found))
    return replies.reply(DeliveryList(deliveries=lines, next_cursor=next_cursor, has_more=more))


async def _replayed(request: web.Request, target: str) -> web.Response:
    delivery = await webhook_endpoints.replay(
        request.app[app_keys.DATABASE],
        request.app[app_keys.CONFIG],
        request[app_keys.ACCOUNT].account_id,
        target,
        request.match_info["delivery_id"],
    )
    return replies.reply(vocabulary.in_whole_seconds(delivery), status=202)
