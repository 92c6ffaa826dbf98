"""Whose call a request is, and what the caller is told and throws away."""

from aiohttp import web

from klipfast_server import serializers
from klipfast_server.api import app_keys
from klipfast_server.files import disposal
from klipfast_server.schema import job_responses
from klipfast_server.store.database import Database
from klipfast_server.store.jobs import Submitted
from klipfast_server.webhooks.outbox import Outbox


def of(request: web.Request) -> tuple[Database, str]:
    """Return the database and the account_id, with which most calls of the store begin."""
    return request.app[app_keys.DATABASE], request[app_keys.ACCOUNT].account_id


def outbox(request: web.Request) -> Outbox:
    """Return what writes the messages of webhooks."""
    app = request.app
    return Outbox(app[app_keys.DATABASE], app[app_keys.STORAGE], app[app_keys.CONFIG])


async def accepted(request: web.Request, job: Submitted) -> job_responses.Accepted:
    """Tell of a job that has just been queued, and when it will probably end."""
    left_s = await request.app[app_keys.FORECAST].left_s([job.job_id], are_new=True)
    return serializers.accepted(job, left_s.get(job.job_id, 0.0))  # 0: it has ended already


async def dispose(request: web.Request, *names: str) -> None:
    """Delete the files of what was thrown away under these names."""
    app = request.app
    await disposal.dispose(
        app[app_keys.DATABASE], app[app_keys.STORAGE], app[app_keys.CONFIG], *names
    )
