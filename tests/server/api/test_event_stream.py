"""A job's events as they happen: what they say, how they go on, and when they end."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest
from aiohttp import ClientError, ClientResponse
from caller import Caller, Client, make_caller
from fake_engine import FakeEngine
from pulses import looks as looks_of

from klipfast_server.api import app_keys, event_stream
from klipfast_server.api.event_stream import STREAMS_PER_ACCOUNT, Streams
from klipfast_server.api.routes import events as route
from klipfast_server.store.database import Database
from pipeline.core.errors import NoSpeech

PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event of a stream."""

    name: str
    id: str
    data: Any

    @property
    def number(self) -> int:
        """The part of the id that ascends."""
        return int(self.id.split("-")[0])


async def read(response: ClientResponse) -> AsyncIterator[Event]:
    """Events as they come, until the server ends the stream."""
    fields: dict[str, str] = {}
    while True:
        line = (await asyncio.wait_for(response.content.readline(), PATIENCE_S)).decode()
        if not line:
            assert fields == {}, "the stream ended within an event"
            return
        if line == "\n":
            if fields:
                yield Event(name=fields["event"], id=fields["id"], data=json.loads(fields["data"]))
            fields = {}
        elif not line.startswith(":"):
            name, _, value = line.rstrip("\n").partition(": ")
            fields[name] = value


@asynccontextmanager
async def opened(caller: Caller, job_id: str, last_id: str = "") -> AsyncIterator[ClientResponse]:
    """An open stream; left early, the connection is cut."""
    headers = {"Last-Event-ID": last_id} if last_id else {}
    response = await caller.call("GET", f"/api/v1/jobs/{job_id}/events", headers=headers)
    try:
        yield response
    finally:
        response.close()


async def everything(caller: Caller, job_id: str, last_id: str = "") -> list[Event]:
    """All events until the end."""
    async with opened(caller, job_id, last_id) as response:
        assert response.status == 200
        return [event async for event in read(response)]


async def until(response: ClientResponse, name: str) -> Event:
    """The next event of this name."""
    async for event in read(response):
        if event.name == name:
            return event
    pytest.fail(f"no {name} came")


@pytest.fixture
def streams(client: Client) -> Streams:
    """The running server's streams."""
    assert client.app is not None
    return client.app[app_keys.STREAMS]


async def all_closed(streams: Streams) -> None:
    """Waits until no stream is open."""
    deadline = time.monotonic() + PATIENCE_S
    while streams.total:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


async def test_events_follow_a_job_to_its_end(
    ada: Caller, engine: FakeEngine, streams: Streams
) -> None:
    engine.hold("listen")
    job_id = await ada.submit(30)
    async with opened(ada, job_id) as response:
        assert response.content_type == "text/event-stream"
        assert response.headers["Cache-Control"] == "no-store"
        assert "X-RateLimit-Remaining" in response.headers
        first = await until(response, "progress")
        assert set(first.data) == {"status", "stage", "progress", "clips"}
        engine.let_go("listen")
        told = [first] + [event async for event in read(response)]
    numbers = [event.number for event in told]
    assert numbers == sorted(set(numbers))
    steps = [event.data for event in told if event.name == "progress"]
    assert [step["progress"] for step in steps] == sorted(step["progress"] for step in steps)
    assert all(one != other for one, other in pairwise(steps))
    assert steps[-1] == {"status": "completed", "stage": None, "progress": 1.0, "clips": 3}
    job = await ada.get(f"/api/v1/jobs/{job_id}")
    clips = [event.data for event in told if event.name == "clip"]
    assert sorted(clips, key=lambda clip: clip["start_seconds"]) == job["clips"]
    assert told[-1].name == "end"
    assert told[-1].data == {"status": "completed", "error": None}
    assert [event.name for event in told].count("end") == 1
    await all_closed(streams)


async def test_a_clip_is_told_while_the_job_still_runs(ada: Caller, engine: FakeEngine) -> None:
    engine.hold("clip 1")
    job_id = await ada.submit(20)
    async with opened(ada, job_id) as response:
        clip = await until(response, "clip")
        job = await ada.get(f"/api/v1/jobs/{job_id}")
        assert (job["status"], job["clips"]) == ("processing", [clip.data])
        engine.let_go("clip 1")
        second = await until(response, "clip")
        assert second.data["clip_id"] != clip.data["clip_id"]
        assert (await until(response, "end")).data["status"] == "completed"


async def test_a_cut_stream_goes_on_where_it_was(ada: Caller, engine: FakeEngine) -> None:
    engine.hold("clip 1")
    job_id = await ada.submit(30)
    async with opened(ada, job_id) as response:
        first = await until(response, "clip")
    engine.let_go("clip 1")
    await ada.until(job_id)  # the end comes while nobody reads
    told = await everything(ada, job_id, first.id)
    assert [event.name for event in told] == ["clip", "clip", "progress", "end"]
    assert all(event.number > first.number for event in told)
    assert first.data["clip_id"] not in [event.data.get("clip_id") for event in told]
    for event in told[:-1]:  # wherever it is cut, the end is not missed
        rest = await everything(ada, job_id, event.id)
        assert rest[-1].name == "end"
        clips = [
            other.data for other in told if other.name == "clip" and other.number > event.number
        ]
        assert [other.data for other in rest if other.name == "clip"] == clips


async def test_who_had_the_end_need_not_come_again_and_an_unknown_id_begins_from_the_start(
    ada: Caller,
) -> None:
    job_id = (await ada.done(10))["job_id"]
    last = (await everything(ada, job_id))[-1]
    async with opened(ada, job_id, last.id) as response:
        assert (response.status, await response.read()) == (204, b"")
    for nonsense in ("x", "-1", "1-g", "9" * 99 + "-1", "1-" + "f" * 65, "7"):
        told = await everything(ada, job_id, nonsense)
        numbered = [(event.name, event.number) for event in told]
        assert numbered == [("clip", 1), ("progress", 2), ("end", 3)]


async def test_a_failure_is_told_with_its_reason(ada: Caller, engine: FakeEngine) -> None:
    engine.errors["listen"] = NoSpeech("Nobody speaks.")
    told = await everything(ada, await ada.submit(10))
    assert told[-1].data == {
        "status": "failed",
        "error": {"code": "unprocessable", "message": "Nobody speaks.", "reason": "no_speech"},
    }


async def test_a_retried_job_is_told_to_who_had_its_first_end(
    ada: Caller, engine: FakeEngine
) -> None:
    engine.errors["listen"] = NoSpeech("Nobody speaks.")
    job_id = await ada.submit(10)
    first = (await everything(ada, job_id))[-1]
    engine.errors.clear()
    engine.hold("listen")
    await ada.call("POST", f"/api/v1/jobs/{job_id}/retry")
    async with opened(ada, job_id, first.id) as response:
        assert response.status == 200
        engine.let_go("listen")
        last = await until(response, "end")
    assert last.data["status"] == "completed"
    assert last.number > first.number


async def test_a_cancel_and_a_deletion_end_the_stream(
    ada: Caller, engine: FakeEngine, db: Database
) -> None:
    engine.hold("listen")
    job_id = await ada.submit(10)
    async with opened(ada, job_id) as response:
        await until(response, "progress")
        await ada.post(f"/api/v1/jobs/{job_id}/cancel")
        assert (await until(response, "end")).data == {"status": "canceled", "error": None}
    job_id = await ada.submit(20)
    async with opened(ada, job_id) as response:
        await until(response, "progress")
        await db.pool.execute("DELETE FROM jobs WHERE job_id = $1", job_id)
        assert (await until(response, "end")).data == {"status": "deleted", "error": None}


async def test_an_account_has_so_many_streams_and_gets_them_back(
    ada: Caller, client: Client, engine: FakeEngine, streams: Streams
) -> None:
    bob = await make_caller(client, account="bob")
    engine.hold("listen")
    job_id, bobs = await ada.submit(10), await bob.submit(10)
    path = f"/api/v1/jobs/{job_id}/events"
    taken = [await ada.call("GET", path) for _ in range(STREAMS_PER_ACCOUNT)]
    assert {response.status for response in taken} == {200}
    refused = await ada.call("GET", path)
    assert (refused.status, (await refused.json())["error"]) == (429, "rate_limited")
    assert int(refused.headers["Retry-After"]) >= 1
    async with opened(bob, bobs) as response:
        assert response.status == 200
    for response in taken:
        response.close()  # without a word, as a caller who loses the network
    await all_closed(streams)
    async with opened(ada, job_id) as response:
        assert response.status == 200


async def test_silence_is_broken_by_comments(
    ada: Caller, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert route.HEARTBEAT_S == 15.0
    monkeypatch.setattr(route, "HEARTBEAT_S", 0.3)
    engine.hold("listen")
    async with opened(ada, await ada.submit(10)) as response:
        lines: list[bytes] = []
        while lines.count(b": still here\n") < 3:
            lines.append(await asyncio.wait_for(response.content.readline(), PATIENCE_S))


@pytest.mark.slow  # counts queries for seconds
async def test_open_streams_ask_the_database_only_when_something_changes(
    ada: Caller, client: Client, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks, look = 0, event_stream.look

    async def counted(*args: Any) -> event_stream.State | None:
        nonlocal looks
        looks += 1
        return await look(*args)

    monkeypatch.setattr(event_stream, "look", counted)
    monkeypatch.setattr(route, "HEARTBEAT_S", 0.1)
    monkeypatch.setattr(route, "POLL_S", 600.0)
    engine.hold("listen")
    job_id = await ada.submit(10)
    assert client.app is not None
    async with AsyncExitStack() as open_streams:
        responses = [
            await open_streams.enter_async_context(opened(ada, job_id))
            for _ in range(STREAMS_PER_ACCOUNT)
        ]
        for response in responses:
            await until(response, "progress")
        await looks_of(client.app[app_keys.CLAIMING])  # the job has come as far as it does
        await heartbeats(responses, 3)
        before = looks
        await heartbeats(responses, 20)
        assert looks == before
        engine.let_go("listen")
        for response in responses:  # by notices alone: nobody polls
            assert (await until(response, "end")).data["status"] == "completed"


async def heartbeats(responses: list[ClientResponse], count: int) -> None:
    """Wait until each of the streams has been silent for so many heartbeats."""
    for response in responses:
        for _ in range(count):
            line = b""
            while line != b": still here\n":
                line = await asyncio.wait_for(response.content.readline(), PATIENCE_S)


async def test_a_stream_polls_where_no_notice_comes(
    ada: Caller, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert route.POLL_S == 60.0
    monkeypatch.setattr(route, "POLL_S", 0.2)
    monkeypatch.setattr(Streams, "changed", lambda *_: None)
    engine.hold("listen")
    job_id = await ada.submit(10)
    async with opened(ada, job_id) as response:
        await until(response, "progress")
        engine.let_go("listen")
        assert (await until(response, "end")).data["status"] == "completed"


async def test_a_caller_who_does_not_read_is_let_go(
    ada: Caller, engine: FakeEngine, streams: Streams, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(route, "HEARTBEAT_S", 0.0)
    monkeypatch.setattr(route, "WRITE_S", 0.3)
    monkeypatch.setattr(event_stream, "HEARTBEAT", b": " + b"x" * 16_000_000 + b"\n\n")
    engine.hold("listen")
    async with opened(ada, await ada.submit(10)) as response:
        assert response.status == 200
        assert streams.total == 1
        await all_closed(streams)
        with pytest.raises(ClientError):  # cut: nothing goes on waiting to be read
            await response.read()


@pytest.mark.own_server  # is stopped
async def test_a_stopping_server_ends_its_streams_without_an_end(
    ada: Caller, client: Client, engine: FakeEngine
) -> None:
    engine.hold("listen")
    job_id = await ada.submit(10)
    async with opened(ada, job_id) as response:
        await until(response, "progress")
        assert client.app is not None
        async with asyncio.timeout(PATIENCE_S):  # though nobody has let the job go
            await client.app.shutdown()
            names = [event.name async for event in read(response)]
    assert "listen" in engine.holds
    assert "end" not in names
