"""A receiver of webhooks, and a server that may tell it."""

from collections.abc import AsyncIterator

import msgspec
import pytest
from aiohttp import web
from caller import Client
from receiver import Receiver, Server

from klipfast_server.api import app_keys
from klipfast_server.core.config import Config
from klipfast_server.core.setting_lists import Schedule
from klipfast_server.telemetry.liveness import Liveness


@pytest.fixture
async def receiver(aiohttp_server: Server) -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", receiver.answer)
    receiver.server = await aiohttp_server(app)
    yield receiver
    if receiver.hold is not None:
        receiver.hold.set()


@pytest.fixture
def config(config: Config) -> Config:
    """Receivers on this machine may be told, and retries come soon."""
    return msgspec.structs.replace(
        config,
        sources=msgspec.structs.replace(config.sources, allow_private=True),
        webhooks=msgspec.structs.replace(
            config.webhooks, retries_s=Schedule((0.05, 0.1)), timeout_s=2.0
        ),
    )


@pytest.fixture
def delivering(client: Client) -> Liveness:
    """The pulse of the loop that looks into the outbox."""
    assert client.app is not None
    return client.app[app_keys.DELIVERING]
