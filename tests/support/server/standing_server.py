"""One server for many tests: after each, it is as if it had just started.

A test that leaves something behind (a job that runs, a task, a changed table) ends the server, and
the next test has another one.
"""

import asyncio
import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from caller import Client
from databases import Databases
from server_settings import load_config

if TYPE_CHECKING:
    from fake_engine import FakeEngine

    from klipfast_server.core.config import Config

LOOKS, LOOK_S = 20, 0.005  # for what a test began and what ends by itself


def go_on(_settings_fault: str = "") -> None:
    """Let the process go on: it is the test's."""


class Deployed(TestServer):
    """A server as `serve` runs it: a handler is not canceled when its caller goes away."""

    async def _make_runner(self, **options: Any) -> web.BaseRunner:
        return await super()._make_runner(**options | {"handler_cancellation": False})


class _Client(Client):
    """A client of a server that stays when the client goes."""

    async def leave(self) -> None:
        """Close the connections alone."""
        for response in self._responses:
            response.close()
        for socket in self._websockets:
            await socket.close()
        await self._session.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A running server and what it runs on."""

    server: TestServer
    config: "Config"
    engine: "FakeEngine"
    tasks: Counter[str]  # tasks of the loop while nothing happens

    @property
    def app(self) -> web.Application:
        """Return its application."""
        app = self.server.app
        assert isinstance(app, web.Application)
        return app


class StandingServer:
    """Lends the server to one test at a time."""

    def __init__(self, databases: Databases, folder: Path) -> None:
        self._databases, self._folder = databases, folder
        self._free: Standing | None = None
        self._count = 0

    async def take(self) -> tuple[Standing, _Client]:
        """Return the server, and a client of it."""
        standing, self._free = self._free or await self._start(), None
        await _awake(standing.app)
        client = _Client(standing.server)
        await client.start_server()
        return standing, client

    async def give_back(self, standing: Standing, client: _Client) -> None:
        """Keep the server for the next test, or end it with its database."""
        is_as_new = False
        try:
            is_as_new = await self._is_as_new(standing, client)
        finally:
            if is_as_new:
                self._free = standing
            else:
                await self._end(standing, client)

    async def close(self) -> None:
        """End the server that is kept."""
        if self._free is not None:
            standing, self._free = self._free, None
            await self._end(standing, _Client(standing.server))

    async def _start(self) -> Standing:
        from fake_engine import FakeEngine

        from klipfast_server.app import create_app
        from klipfast_server.telemetry import logs

        logs.route()
        self._count += 1
        folder = self._folder / str(self._count)
        folder.mkdir()
        config = await asyncio.to_thread(load_config, await self._databases.take(), folder)
        engine = FakeEngine()
        server = Deployed(create_app(config, engine, end_process=go_on))
        await server.start_server(access_log=None)  # as `serve` does
        tasks = _tasks()
        for _ in range(5):  # what is there each time
            await asyncio.sleep(LOOK_S)
            tasks &= _tasks()
        return Standing(server=server, config=config, engine=engine, tasks=tasks)

    async def _end(self, standing: Standing, client: _Client) -> None:
        for name in list(standing.engine.holds):
            standing.engine.let_go(name)
        await client.close()
        await self._databases.give_back(standing.config.database.url)
        shutil.rmtree(standing.config.server.data_dir.parent)

    async def _is_as_new(self, standing: Standing, client: _Client) -> bool:
        if standing.server.closed or standing.engine.holds:
            return False
        await client.leave()
        if not await _settled(standing):
            return False
        if not await self._databases.empty(standing.config.database.url, is_used=True):
            return False
        if not await _settled(standing):  # a job may have been claimed meanwhile
            return False
        _renew(standing.engine, type(standing.engine)())
        standing.engine.warm()
        await asyncio.to_thread(_empty_folders, standing.config.server.data_dir)
        _forget(standing.app)
        return True


async def _settled(standing: Standing) -> bool:
    """Wait until what runs is what ran when the server had started."""
    for _ in range(LOOKS):
        if _tasks() == standing.tasks:
            return True
        await asyncio.sleep(LOOK_S)
    return False


async def _awake(app: web.Application) -> None:
    """Wait until its loops have turned, if none has since the last test."""
    from klipfast_server.api import app_keys

    async with asyncio.timeout(10):
        while not (  # noqa: ASYNC110 - the product needs no event for this
            app[app_keys.CLAIMING].is_well and app[app_keys.DELIVERING].is_well
        ):
            await asyncio.sleep(LOOK_S)


def _tasks() -> Counter[str]:
    """Count the tasks beside this one by their names."""
    return Counter(map(_name, asyncio.all_tasks() - {asyncio.current_task()}))


def _name(task: "asyncio.Task[object] | None") -> str:
    assert task is not None
    return getattr(task.get_coro(), "__qualname__", "")


def _empty_folders(data_dir: Path) -> None:
    for folder in data_dir.iterdir():
        if folder.is_dir():
            for path in folder.iterdir():
                if path.is_dir():
                    shutil.rmtree(path)
                else:
                    path.unlink()
        else:
            folder.unlink()


def _renew(used: object, new: object) -> None:
    """Let an object that others hold be as a new one."""
    vars(used).clear()
    vars(used).update(vars(new))


def _forget(app: web.Application) -> None:
    """Forget what the server remembers of its callers."""
    from klipfast_server.api import app_keys
    from klipfast_server.api.rate_limit import RateLimit

    _renew(app[app_keys.RATE_LIMIT], RateLimit())
    app[app_keys.DRAWING]._draw.cache_clear()
