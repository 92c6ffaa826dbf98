"""GET /api/v1/usage."""

import asyncio
import shutil
from datetime import UTC, datetime

from aiohttp import web

from klipfast_server.api import app_keys, replies
from klipfast_server.api.operations import operation
from klipfast_server.schema import responses
from klipfast_server.store import usage

routes = web.RouteTableDef()


@routes.get("/api/v1/usage")
@operation(tag="Account", answers={200: (responses.Usage,)})
async def get_usage(request: web.Request) -> web.Response:
    """Get current billing period usage, remaining credits, and plan limits.

    A period is a calendar month in UTC.
    """
    db, account = request.app[app_keys.DATABASE], request[app_keys.ACCOUNT]
    config = request.app[app_keys.CONFIG]
    plan = config.plans[account.plan]
    first, last = usage.period(datetime.now(UTC))
    async with db.pool.acquire() as connection:
        minutes, by_plan = await usage.charged(db, connection, account, plan)
        stored = await usage.storage_used_bytes(db, connection, account.account_id)
    disk = await asyncio.to_thread(shutil.disk_usage, config.server.data_dir)
    answer = responses.Usage(
        plan=account.plan,
        period_start=first,
        period_end=last,
        minutes_used=round(minutes, 2),
        minutes_limit=plan.minutes_per_month,
        storage_used_mb=usage.megabytes(stored),
        storage_limit_mb=plan.storage_mb,
        credits_remaining=by_plan + account.credits,
        limits=responses.PlanLimits(
            requests_per_minute=plan.requests_per_minute,
            parallel_jobs=plan.parallel_jobs,
            max_source_minutes=plan.max_source_minutes,
            max_upload_mb=plan.max_upload_mb,
            retention_days=plan.retention_days,
        ),
        disk_used_mb=usage.megabytes(disk.used),
        disk_free_mb=disk.free // usage.MB,
        operator=config.is_operator(account.name),
    )
    return replies.reply(answer)
