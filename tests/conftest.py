"""Fixtures that several test modules share: the local media, a server on real Postgres."""

import asyncio
import gc
import logging
import os
import shutil
import tempfile
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
import hypothesis
import pytest
import shared_results
from aiohttp import web_app
from blockbuster import blockbuster_ctx
from caller import Caller, Client, Sweep, make_caller
from databases import TEMPLATE, Databases
from older_processor import limit
from project_paths import MEDIA, ROOT
from server_settings import execute, load_config
from standing_server import Deployed, Standing, StandingServer, go_on

if TYPE_CHECKING:
    from fake_engine import FakeEngine

    from klipfast_server.core.config import Config
    from klipfast_server.files.storage import Storage
    from klipfast_server.store.database import Database


def keep_to_share() -> None:
    """Keep one of n workers to every n-th core: the product has a thread for each that it sees."""
    worker, count = map(os.environ.get, ("PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT"))
    if worker and count and hasattr(os, "sched_setaffinity"):
        cores, number = sorted(os.sched_getaffinity(0)), int(worker.removeprefix("gw"))
        os.sched_setaffinity(0, cores[number :: int(count)] or {cores[number % len(cores)]})


# before anything that counts cores, or looks for instructions, is loaded
keep_to_share()
limit()

GROWN_BYTES = 500 << 20  # by which a process may grow before its cycles are looked for

hypothesis.settings.register_profile("suite", deadline=None)  # no test asserts a time
hypothesis.settings.load_profile("suite")


def pytest_configure(config: pytest.Config) -> None:
    """Open the folder that all workers of this session share."""
    if opened := shared_results.open_folder():
        config.add_cleanup(opened.cleanup)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
    """At the very end, how many tests wanted ../shared: without them green says less."""
    yield
    reasons = [report.longrepr for report in terminalreporter.stats.get("skipped", ())]
    absent = sum("shared/" in reason[2] for reason in reasons if isinstance(reason, tuple))
    if absent:
        terminalreporter.write_line(
            f"{absent} tests were skipped because ../shared, which is not part of the project, "
            "is absent or incomplete: they try the product on real recordings",
            yellow=True,
        )


class Cycles:
    """Frees networks that tests have loaded: they are in cycles, and few objects besides.

    Python counts objects to see when to look for cycles, so that gigabytes would stay for long.
    """

    def __init__(self) -> None:
        self._kept_bytes = 0

    def look(self) -> None:
        """Collect them if the process has grown since it was last done."""
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        if pages * os.sysconf("SC_PAGE_SIZE") > self._kept_bytes + GROWN_BYTES:
            web_app._cached_build_middleware.cache_clear()  # keeps servers that have ended
            gc.unfreeze()  # an engine's `warm` keeps everything that is there for good
            gc.collect()
            pages = int(Path("/proc/self/statm").read_text().split()[1])
            self._kept_bytes = pages * os.sysconf("SC_PAGE_SIZE")


@pytest.fixture(scope="session")
def cycles() -> Cycles:
    """What looks for cycles after each test."""
    return Cycles()


@pytest.fixture(autouse=True)
def collected(cycles: Cycles) -> Iterator[None]:
    """Look for cycles once the test and its fixtures have let go of what they loaded."""
    yield
    cycles.look()


@pytest.fixture(scope="session", autouse=True)
def unlogged() -> Iterator[list[str]]:
    """Tracebacks of lines that could not be logged, which would be on stderr in between."""
    found: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            logging.Handler, "handleError", lambda *_: found.append(traceback.format_exc())
        )
        yield found
    assert not found, found[0]


@pytest.fixture(autouse=True)
def logged(unlogged: list[str]) -> Iterator[None]:
    """Put the log back as it was before the test, whose every line must have been written."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    found = "".join(unlogged)
    unlogged.clear()
    assert not found, found


@pytest.fixture(scope="session")
def media() -> Path:
    """Real recordings that are not part of the project."""
    if not MEDIA.is_dir():
        pytest.skip("the test recordings (../shared/media) are not here")
    return MEDIA


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A running Postgres whose database `template` has all migrations.

    KLIPFAST_TEST_POSTGRES=postgresql://…/postgres?… names another server, for one worker.
    """
    from klipfast_server.store import database

    async def prepare(url: str) -> None:
        # A test's database need not survive a power cut.
        await execute(url, "ALTER SYSTEM SET fsync = off")
        await execute(url, "SELECT pg_reload_conf()")
        await execute(url, f"DROP DATABASE IF EXISTS {TEMPLATE}")  # an earlier run's
        await execute(url, f"CREATE DATABASE {TEMPLATE}")
        async with asyncpg.create_pool(Databases(url).named(TEMPLATE), min_size=1) as pool:
            await database.migrate(pool, ROOT / "sql")

    given = os.environ.get("KLIPFAST_TEST_POSTGRES")
    folder = Path(tempfile.mkdtemp(prefix="kf-pg-"))  # a server, and names, of this worker's own
    with asyncio.Runner() as runner:
        if given:
            runner.run(prepare(given))
            yield given
            return
        running = AsyncExitStack()
        url = runner.run(running.enter_async_context(database.embedded(folder / "data")))
        runner.run(prepare(url))
        yield url
        runner.run(running.aclose())
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
async def databases(postgres: str) -> AsyncIterator[Databases]:
    """The databases of this Postgres."""
    opened = Databases(postgres)
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
async def standing_server(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[StandingServer]:
    """The server that tests share, one after the other."""
    standing = StandingServer(databases, tmp_path_factory.mktemp("standing"))
    yield standing
    await standing.close()


@pytest.fixture
def shared_server(request: pytest.FixtureRequest) -> StandingServer | None:
    """The shared server, for a test that needs a server."""
    names = {"client", "aiohttp_client"}  # `serve` needs the other
    if names.isdisjoint(request.fixturenames):
        return None
    standing: StandingServer = request.getfixturevalue("standing_server")
    return standing


@pytest.fixture
async def lent(
    request: pytest.FixtureRequest, shared_server: StandingServer | None, tmp_path: Path
) -> AsyncIterator[tuple[Standing, Client] | None]:
    """The shared server and a client, or nothing where the test has a server of its own.

    Those with `serve`, with other settings or another engine, or marked `own_server`, have one.
    """
    if shared_server is None:
        yield None
        return
    given = request.node._fixtureinfo.name2fixturedefs  # pytest tells it nowhere else
    is_other = any(len(given.get(name, ())) > 1 for name in ("config", "engine", "client"))
    marked = request.node.get_closest_marker("own_server") is not None
    if is_other or marked or "aiohttp_client" in given:
        await shared_server.close()  # what the test changes in the code would change it, too
        yield None
        return
    standing, client = await shared_server.take()
    (tmp_path / "data").symlink_to(standing.config.server.data_dir)
    yield standing, client
    await shared_server.give_back(standing, client)


@pytest.fixture
async def database_url(
    databases: Databases, lent: tuple[Standing, Client] | None
) -> AsyncIterator[str]:
    """A database of the test's own, with all tables and no rows."""
    if lent is not None:
        yield lent[0].config.database.url
        return
    url = await databases.take()
    yield url
    await databases.give_back(url)


@pytest.fixture
def config(database_url: str, tmp_path: Path, lent: tuple[Standing, Client] | None) -> "Config":
    """config.toml as it is shipped, with times that suit a test."""
    return lent[0].config if lent is not None else load_config(database_url, tmp_path)


@pytest.fixture
def engine(lent: tuple[Standing, Client] | None) -> "FakeEngine":
    """The pipeline where it is not the subject."""
    from fake_engine import FakeEngine

    return lent[0].engine if lent is not None else FakeEngine()


@pytest.fixture
def not_blocked() -> Iterator[None]:
    """Any call of the server's or the client's code that blocks the event loop is an error."""
    scanned = ["klipfast_server", "klipfast_client"]
    with blockbuster_ctx(scanned, excluded_modules=["klipfast_client.sync"]) as blockbuster:
        blockbuster.functions["os.stat"].deactivate()  # a local stat() is shorter than a thread
        yield


@pytest.fixture
def serve(
    database_url: str,  # noqa: ARG001 - first: it must outlive the servers
    aiohttp_client: Callable[..., Awaitable[Client]],
    engine: "FakeEngine",
    not_blocked: None,  # noqa: ARG001 - while a server runs
) -> Callable[..., Awaitable[Client]]:
    """Starts a server with these settings, and other parts of `create_app` if named."""
    from klipfast_server.app import create_app
    from klipfast_server.telemetry import logs

    logs.route()

    async def start(config: "Config", **parts: Any) -> Client:
        server = Deployed(create_app(config, engine, **({"end_process": go_on} | parts)))
        await server.start_server(access_log=None)  # as `serve` does
        return await aiohttp_client(server)

    return start


@pytest.fixture
def own_serve(
    request: pytest.FixtureRequest, lent: tuple[Standing, Client] | None
) -> Callable[..., Awaitable[Client]] | None:
    """Starts a server of the test's own, if it needs one."""
    return None if lent is not None else request.getfixturevalue("serve")


@pytest.fixture
async def client(
    lent: tuple[Standing, Client] | None,
    own_serve: Callable[..., Awaitable[Client]] | None,
    config: "Config",
    engine: "FakeEngine",  # noqa: ARG001 - what `serve` takes
    not_blocked: None,  # noqa: ARG001 - while the server runs
) -> Client:
    """A running server."""
    if lent is not None:
        return lent[1]
    assert own_serve is not None
    return await own_serve(config)


@pytest.fixture
def db(client: Client) -> "Database":
    """The running server's database."""
    from klipfast_server.api import app_keys

    assert client.app is not None
    return client.app[app_keys.DATABASE]


@pytest.fixture
def storage(client: Client) -> "Storage":
    """Where the running server keeps clips."""
    from klipfast_server.api import app_keys

    assert client.app is not None
    return client.app[app_keys.STORAGE]


@pytest.fixture
def sweep(db: "Database", storage: "Storage", config: "Config") -> Sweep:
    """Delete what has expired, as the running server does now and then; what went, by kind."""
    from klipfast_server.work import retention

    return lambda: retention.sweep(db, storage, config)


@pytest.fixture
async def ada(client: Client) -> Caller:
    """A caller on the pro plan whose requests are not limited by the minute in a test."""
    return await make_caller(client, account="ada", plan="business")
