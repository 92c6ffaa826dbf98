"""Runs the watches over feeds and folders, in one process of all that share a database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from klipfast_server.core.tasks import background
from klipfast_server.store import leadership
from klipfast_server.work import configured_requests
from klipfast_server.work.feed_watch import FeedWatch
from klipfast_server.work.folder_watch import FolderWatch
from klipfast_server.work.intake_context import IntakeContext

# An arbitrary fixed number, another than those of migrations, claims and deliveries.
LOCK = 4_711_018


@asynccontextmanager
async def taking_in(context: IntakeContext) -> AsyncIterator[None]:
    """Watch while the block runs, if the settings name feeds or folders. Raises ConfigError."""
    config = context.config
    configured_requests.check(config, context.engine.caption_styles)

    async def watch() -> None:
        # Made here: whoever leads again later knows no more of a folder than anybody else.
        async with background(
            *(FeedWatch(context, feed).run() for feed in config.feeds),
            *(FolderWatch(context, folder).run() for folder in config.folders),
        ):
            await asyncio.Future()  # until it is canceled

    if not config.feeds and not config.folders:
        yield
        return
    async with background(leadership.lead(context.db.url, LOCK, watch)):
        yield
