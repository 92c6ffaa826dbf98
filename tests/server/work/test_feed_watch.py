"""Feeds of the settings: each new episode becomes a job of its account, once, whatever happens."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from caller import Caller, Client, make_caller
from fake_engine import FakeEngine
from intake_watch import counted, jobs_of

from klipfast_server.api import app_keys
from klipfast_server.core.config import Config, Feed
from klipfast_server.net import feed_fetch
from klipfast_server.store import leadership
from klipfast_server.work import feed_watch, intake_context, intake_watches

Serve = Callable[[Config], Awaitable[Client]]
Server = Callable[[web.Application], Awaitable[TestServer]]
EVERY_MINUTES = 0.002


class Station:
    """A podcast's host."""

    def __init__(self) -> None:
        self.episodes: list[str] = []  # newest first
        self.dates: dict[str, datetime] = {}
        self.urls: dict[str, str] = {}
        self.asked: list[dict[str, str]] = []
        self.status = 200
        self.headers: dict[str, str] = {}
        self.body: bytes | None = None  # instead of the feed
        self.server: TestServer

    def url(self, path: str = "/feed.xml?key=secret") -> str:
        return str(self.server.make_url(path))

    def _item(self, name: str) -> str:
        date = self.dates.get(name, datetime.now(UTC))
        return (
            f"<item><guid>{name}</guid><title>Talk {name}</title>"
            f"<pubDate>{format_datetime(date)}</pubDate>"
            f'<enclosure url="{self.urls.get(name, f"/{name}.mp4")}" type="video/mp4"/></item>'
        )

    async def feed(self, request: web.Request) -> web.Response:
        self.asked.append(dict(request.headers))
        if self.status != 200:
            return web.Response(status=self.status)
        items = "".join(map(self._item, self.episodes))
        text = f"<rss><channel><title>The show</title>{items}</channel></rss>"
        body = self.body if self.body is not None else text.encode()
        tag = f'"{"-".join(self.episodes)} {hash(self.body)}"'
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=304)
        return web.Response(body=body, headers={"ETag": tag, **self.headers})

    async def file(self, request: web.Request) -> web.Response:
        return web.Response(body=b"seconds 30", content_type="video/mp4")

    async def looks(self, more: int = 2) -> None:
        """Wait for further looks at the feed."""
        until = len(self.asked) + more
        async with asyncio.timeout(60):
            while len(self.asked) < until:  # noqa: ASYNC110 - the server looks by itself
                await asyncio.sleep(0.02)


@pytest.fixture
async def station(aiohttp_server: Server) -> Station:
    station = Station()
    app = web.Application()
    app.router.add_get("/feed.xml", station.feed)
    app.router.add_get("/moved.xml", _moved)
    app.router.add_get("/{name}.mp4", station.file)
    station.server = await aiohttp_server(app)
    return station


def entries(*names: str) -> bytes:
    """Return an Atom feed of pages."""
    now = datetime.now(UTC).isoformat()
    listed = "".join(
        f"<entry><id>{name}</id><title>Talk {name}</title><published>{now}</published>"
        f'<link rel="alternate" href="/watch?v={name}"/></entry>'
        for name in names
    )
    return f'<feed xmlns="http://www.w3.org/2005/Atom">{listed}</feed>'.encode()


async def _moved(_request: web.Request) -> web.Response:
    raise web.HTTPFound("http://10.0.0.1/feed.xml")


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Faults pass soon."""
    monkeypatch.setattr(intake_context, "FAULT_S", 0.05)
    monkeypatch.setattr(feed_watch, "RETRY_S", 0.1)
    monkeypatch.setattr(feed_watch, "MAX_PAUSE_S", 0.3)
    monkeypatch.setattr(leadership, "RETRY_S", 0.1)


def watching(config: Config, station: Station, **feed: Any) -> Config:
    """The settings with this feed, of the account ada."""
    given: dict[str, Any] = {
        "url": station.url(),
        "account": "ada",
        "every_minutes": EVERY_MINUTES,
    } | feed
    return msgspec.structs.replace(
        config,
        sources=msgspec.structs.replace(config.sources, allow_private=True),
        feeds=(Feed(**given),),
    )


async def episodes_of(ada: Caller, count: int) -> list[str]:
    """The episodes that are jobs, once there are so many."""
    async with asyncio.timeout(60):
        while len(jobs := await jobs_of(ada)) < count:  # noqa: ASYNC110 - jobs are looked at
            await asyncio.sleep(0.05)
    return [job["metadata"]["episode"] for job in jobs]


async def test_only_new_episodes_become_jobs_with_the_options_of_the_settings(
    serve: Serve, config: Config, station: Station
) -> None:
    station.episodes = ["b", "a"]
    options = {"caption_style": "karaoke", "metadata": {"show": "mine"}}
    client = await serve(watching(config, station, options=options))
    ada = await make_caller(client, plan="business")
    await station.looks()
    assert await jobs_of(ada) == []
    station.episodes = ["d", "c", "b", "a"]
    assert await episodes_of(ada, 2) == ["Talk c", "Talk d"]
    await station.looks(3)
    jobs = await jobs_of(ada)
    assert len(jobs) == 2
    assert jobs[0]["metadata"] == {"show": "mine", "feed": "The show", "episode": "Talk c"}
    assert jobs[0]["title"] == "Talk c"
    done = await ada.until(jobs[0]["job_id"])
    assert done["status"] == "completed"
    clip = await ada.get(f"/api/v1/clips/{done['clips'][0]['clip_id']}")
    assert clip["caption_style"] == "karaoke"
    assert counted(client, "feed", "job") == 2
    assert any("If-None-Match" in headers for headers in station.asked)


async def test_its_account_sees_a_feed_and_what_came_of_it(
    serve: Serve, config: Config, station: Station
) -> None:
    station.episodes = ["a"]
    options = {"caption_style": "karaoke", "webhook_url": "https://hooks.example/?key=secret"}
    client = await serve(watching(config, station, options=options))
    ada, bob = await make_caller(client, plan="business"), await make_caller(client, account="bob")
    await station.looks()
    station.urls["c"] = "ftp://example.com/c.mp4"
    station.episodes = ["c", "b", "a"]
    await episodes_of(ada, 1)
    await station.looks()
    [feed] = (await ada.get("/api/v1/feeds"))["feeds"]
    assert feed["url"] == station.url("/feed.xml")
    assert (feed["title"], feed["every_minutes"], feed["failures"]) == (
        "The show",
        EVERY_MINUTES,
        0,
    )
    assert feed["options"] == {"caption_style": "karaoke"}
    assert feed["read_at"] is not None
    assert feed["next_read_at"] is not None
    [job] = await jobs_of(ada)
    assert [(e["title"], e["state"], e["job_id"]) for e in feed["episodes"]] == [
        ("Talk c", "refused", None),
        ("Talk b", "job", job["job_id"]),
    ]
    assert "secret" not in str(feed)
    assert (await bob.get("/api/v1/feeds"))["feeds"] == []
    station.status = 503
    async with asyncio.timeout(60):
        while True:  # no event tells of it
            [feed] = (await ada.get("/api/v1/feeds"))["feeds"]
            if feed["failures"] >= 2:
                break
            await asyncio.sleep(0.05)


async def test_a_feed_that_was_never_read_is_listed_too(
    serve: Serve, config: Config, station: Station
) -> None:
    client = await serve(watching(config, station, account="ada", every_minutes=7))
    ada = await make_caller(client, plan="business")
    [feed] = (await ada.get("/api/v1/feeds"))["feeds"]
    assert (feed["title"], feed["read_at"], feed["episodes"]) == (None, None, [])


async def test_the_newest_of_those_at_first_can_be_wanted_and_a_restart_repeats_none(
    serve: Serve, config: Config, station: Station
) -> None:
    station.episodes = ["c", "b", "a"]
    settings = watching(config, station, newest=2)
    first = await serve(settings)
    ada = await make_caller(first, plan="business")
    assert await episodes_of(ada, 2) == ["Talk b", "Talk c"]
    for job in await jobs_of(ada):
        await ada.until(job["job_id"])
    await first.close()
    station.episodes = ["d", "c", "b", "a"]
    again = Caller(client=await serve(settings), key=ada.key)
    assert await episodes_of(again, 3) == ["Talk b", "Talk c", "Talk d"]
    await station.looks()
    assert len(await jobs_of(again)) == 3


async def test_two_servers_of_one_database_submit_each_episode_once(
    serve: Serve, config: Config, station: Station
) -> None:
    station.episodes = ["c", "b", "a"]
    settings = watching(config, station, newest=3)
    clients = [await serve(settings), await serve(settings)]
    ada = await make_caller(clients[0], plan="business")
    await episodes_of(ada, 3)
    await station.looks()
    assert len(await jobs_of(ada)) == 3
    assert sorted(counted(client, "feed", "job") for client in clients) == [0, 3]


async def test_another_server_takes_over_from_one_that_is_gone(
    serve: Serve, config: Config, station: Station
) -> None:
    settings = watching(config, station)
    first = await serve(settings)
    ada = await make_caller(first, plan="business")
    await station.looks()
    second = await serve(settings)
    await first.close()
    await station.looks()
    station.episodes = ["a"]
    again = Caller(client=second, key=ada.key)
    assert await episodes_of(again, 1) == ["Talk a"]
    assert counted(second, "feed", "job") == 1


async def test_a_lost_lock_is_taken_again(serve: Serve, config: Config, station: Station) -> None:
    client = await serve(watching(config, station))
    ada = await make_caller(client, plan="business")
    await station.looks()
    assert client.app is not None
    ended = await client.app[app_keys.DATABASE].pool.fetch(
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' "
        "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
        f"AND objid = {intake_watches.LOCK}"
    )
    assert len(ended) == 1
    station.episodes = ["a"]
    assert await episodes_of(ada, 1) == ["Talk a"]


async def test_an_episode_whose_address_cannot_be_fetched_is_refused_and_holds_up_no_other(
    serve: Serve, config: Config, station: Station
) -> None:
    station.episodes = ["b", "y", "x", "a"]
    station.urls = {"x": "ftp://example.com/x.mp4", "y": "http://example.com:99999/y.mp4"}
    client = await serve(watching(config, station, newest=4))
    ada = await make_caller(client, plan="business")
    assert await episodes_of(ada, 2) == ["Talk a", "Talk b"]
    failed = counted(client, "feed", "failed")
    await station.looks()
    assert (counted(client, "feed", "refused"), counted(client, "feed", "failed")) == (2, failed)


async def test_an_episode_that_was_submitted_before_the_server_died_is_not_submitted_again(
    serve: Serve, config: Config, station: Station
) -> None:
    station.episodes = ["a"]
    client = await serve(watching(config, station, newest=1))
    ada = await make_caller(client, plan="business")
    await episodes_of(ada, 1)
    [job] = await jobs_of(ada)
    await ada.until(job["job_id"])
    assert client.app is not None
    db = client.app[app_keys.DATABASE]
    await db.pool.execute("UPDATE episodes SET state = 'waiting', job_id = NULL")  # as it was then
    await station.looks(3)
    assert [found["job_id"] for found in await jobs_of(ada)] == [job["job_id"]]
    assert await db.pool.fetchval("SELECT job_id FROM episodes") == job["job_id"]


async def test_episodes_wait_while_the_queue_is_full(
    serve: Serve, config: Config, station: Station, engine: FakeEngine
) -> None:
    engine.hold("transcribe")
    engine.hold("listen")
    station.episodes = ["c", "b", "a"]
    limits = msgspec.structs.replace(config.limits, queue_length=1)
    lanes = msgspec.structs.replace(config.lanes, jobs=1)
    settings = watching(config, station, newest=3)
    client = await serve(msgspec.structs.replace(settings, limits=limits, lanes=lanes))
    ada = await make_caller(client, plan="business")
    await episodes_of(ada, 1)
    async with asyncio.timeout(60):
        while counted(client, "feed", "waiting") < 2:  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(0.02)
    assert len(await jobs_of(ada)) < 3
    for name in list(engine.holds):
        engine.let_go(name)
    assert await episodes_of(ada, 3) == ["Talk a", "Talk b", "Talk c"]


async def test_an_entry_that_is_only_a_page_becomes_a_job_where_pages_are_allowed(
    serve: Serve, config: Config, station: Station
) -> None:
    """What was listed before they were is no new episode afterwards."""
    settings = watching(config, station)
    station.body = entries("b", "a")
    client = await serve(settings)
    ada = await make_caller(client, plan="business")
    await station.looks()
    station.body = entries("c", "b", "a")
    await station.looks()
    assert await jobs_of(ada) == []
    await client.close()
    sources = msgspec.structs.replace(settings.sources, pages=True)
    client = await serve(msgspec.structs.replace(settings, sources=sources))
    again = Caller(client=client, key=ada.key)
    await station.looks()
    station.body = entries("d", "c", "b", "a")
    assert await episodes_of(again, 1) == ["Talk d"]
    await station.looks()
    [job] = await jobs_of(again)
    assert job["title"] == "Talk d"


async def test_an_old_episode_under_a_new_identifier_is_no_new_one(
    serve: Serve, config: Config, station: Station
) -> None:
    client = await serve(watching(config, station))
    ada = await make_caller(client, plan="business")
    await station.looks()
    station.dates["old"] = datetime.now(UTC) - timedelta(days=400)
    station.episodes = ["new", "old"]
    assert await episodes_of(ada, 1) == ["Talk new"]
    await station.looks()
    assert len(await jobs_of(ada)) == 1


@pytest.mark.parametrize("fault", ["status", "page", "compressed", "large", "no account"])
async def test_a_feed_that_fails_is_tried_again_and_counted(
    serve: Serve, config: Config, station: Station, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    station.episodes = ["a"]
    if fault == "status":
        station.status = 503
    elif fault == "page":
        station.body = b"<html>Not here</html>"
    elif fault == "compressed":
        station.headers = {"Content-Encoding": "gzip"}
    elif fault == "large":
        monkeypatch.setattr(feed_fetch, "MAX_BYTES", 100)
    client = await serve(watching(config, station, newest=1))
    ada = None if fault == "no account" else await make_caller(client, plan="business")
    async with asyncio.timeout(60):
        while counted(client, "feed", "failed") < 2:  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(0.02)
    station.status, station.body, station.headers = 200, None, {}
    monkeypatch.setattr(feed_fetch, "MAX_BYTES", 10_000)
    ada = ada or await make_caller(client, plan="business")
    assert await episodes_of(ada, 1) == ["Talk a"]


async def test_neither_a_feed_nor_a_redirect_of_it_leads_inside(
    config: Config, station: Station
) -> None:
    from witness import FirstIsPublic

    from klipfast_server.net.feed_fetch import Version
    from klipfast_server.net.guarded_client import FetchError

    for url in (station.url("/feed.xml"), "http://169.254.1.1/feed.xml"):
        with pytest.raises(FetchError, match="not a public address"):
            await feed_fetch.fetch(url, Version(), sources=config.sources)
    with pytest.raises(FetchError, match=r"10\.0\.0\.1.* not a public address"):
        await feed_fetch.fetch(
            station.url("/moved.xml"), Version(), sources=config.sources, guard=FirstIsPublic()
        )
