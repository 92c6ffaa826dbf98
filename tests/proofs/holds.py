"""`make test-holds`: how long the most expensive legal call of every route holds the event loop.

The server is the real one, with its models loaded and a database with the most that one may hold:
a talk of six hours and 150,000 words, full pages, a long queue. Each route is called five times.
The jobs that calls make stay in the queue: `make test-overload` measures requests beside a job.
`held` is the longest step of the request's own code, by the clock; `used` is the most processor
time of the loop's thread in one step. Both must be short in every round: the clock also counts what
other programs take, so the proof wants a quiet machine, and `used` tells whether a long step was
the call's own work. `lag` is how late the loop was by anything, a thread that keeps the
interpreter's lock included (the upper edge of the metric's bucket): the median, because whatever
else runs on the machine in that half second makes it late, too.
"""

import asyncio
import statistics
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import aiohttp
import expensive_calls
import full_database
from expensive_calls import Call, Route
from live_server import LiveServer, connected, live_server
from prometheus_client.parser import text_string_to_metric_families
from serving import SAMPLE, free_port
from tally import Tally, run

ROUNDS = 5
MAX_HOLD_MS = 50.0
SETTLE_S = 0.15  # for the lag of what was just done to be seen
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one call did to the loop, in ms."""

    held: float
    used: float  # processor time
    lag: float


Readings = defaultdict[str, list[Reading]]  # by the call in words


async def scrape(url: str) -> Samples:
    """The server's metrics, by name and labels."""
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        text = await response.text()
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def reading(before: Samples, after: Samples, route: Route) -> Reading:
    """Of the one request between the scrapes."""
    method, path = route
    labels = frozenset({("route", path), ("method", method)})
    held, used = (
        1000 * (after[key] - before.get(key, 0.0))
        for key in (
            ("klipfast_request_hold_seconds_sum", labels),
            ("klipfast_request_hold_cpu_seconds_sum", labels),
        )
    )
    return Reading(held=held, used=used, lag=lag_ms(before, after))


def lag_ms(before: Samples, after: Samples) -> float:
    """The edge of the highest bucket with a new value."""
    name = "klipfast_event_loop_lag_seconds_bucket"
    edges = sorted(
        (float(dict(labels)["le"]), value - before.get((sample, labels), 0.0))
        for (sample, labels), value in after.items()
        if sample == name
    )
    return 1000 * next(edge for edge, count in edges if count == edges[-1][1])


async def send(server: LiveServer, call: Call) -> None:
    """Make a call and read its answer. Raises AssertionError where it is refused."""
    url = server.base + call.path
    async with (
        server.session() as session,
        session.request(call.route[0], url, **call.options) as response,
    ):
        body = await response.read()
        assert response.status < 300, (call.route, response.status, body[:300])


async def prepared(server: LiveServer, talk: Any, file: bytes) -> list[Call]:
    """A full database's calls, for one round."""
    async with connected(server) as connection:
        laid = await full_database.lay_in(connection, "proof", talk)
    clip = await server.insist("GET", f"/api/v1/clips/{laid.clip_id}")
    path = server.data / "storage" / "clips" / laid.job_id / f"{laid.clip_id}.mp4"
    path.parent.mkdir(parents=True)
    path.write_bytes(bytes(64 << 20))
    source = server.data / "uploads" / laid.upload_id / "source"
    source.parent.mkdir(parents=True)
    source.write_bytes(file)
    paths = (await server.call("GET", "/openapi.json"))["paths"]
    return expensive_calls.calls(
        laid,
        routes=[(method.upper(), path) for path, methods in paths.items() for method in methods],
        file=file,
        link=clip["download_url"].removeprefix(server.base),
        partials=(await server.begin_upload(len(file)), await server.begin_upload(len(file))),
    )


def in_words(call: Call) -> str:
    """Method and route, and the format that is asked for."""
    form = call.path.partition("?format=")[2]
    return " ".join((*call.route, form)).rstrip()


def report(readings: Readings, tally: Tally) -> None:
    """Print the routes by how long they hold the loop, and count those that do for too long."""
    rows = [
        (
            max(found.held for found in all_rounds),
            max(found.used for found in all_rounds),
            statistics.median(found.lag for found in all_rounds),
            called,
        )
        for called, all_rounds in readings.items()
    ]
    print(f"\n{'held ms':>8} {'used ms':>8} {'lag ms':>8}  route; the worst; lag: the median")
    for held, used, lag, called in sorted(rows, reverse=True):
        print(f"{held:8.1f} {used:8.1f} {'≤ ' + format(lag, 'g'):>8}  {called}")
        told = f"{called}: held {held:.0f} ms, of the processor {used:.0f}, lag ≤ {lag:g}"
        tally.check("held in every round", held <= MAX_HOLD_MS, told)
        tally.check("processor time in every round", used <= MAX_HOLD_MS, told)
        tally.check("lag, the median", lag <= MAX_HOLD_MS, told)


async def prove(tally: Tally, rounds: int) -> None:
    """Make the calls so often, and look how long each holds the loop."""
    port = free_port()
    settings = {
        "KLIPFAST__SERVER__METRICS_PORT": str(port),
        "KLIPFAST__LIMITS__QUEUE_LENGTH": "100000",
        "KLIPFAST__SERVER__OPERATOR": "proof",
    }
    readings, file, talk = Readings(list), SAMPLE.read_bytes(), full_database.talk()
    async with live_server(settings) as server:
        metrics = f"http://127.0.0.1:{port}/metrics"
        async with connected(server) as connection:
            await full_database.fill_queue(connection)
            await connection.execute(full_database.NOBODY_STARTS)
        for number in range(rounds):
            for call in await prepared(server, talk, file):
                await asyncio.sleep(SETTLE_S)
                before = await scrape(metrics)
                await send(server, call)
                await asyncio.sleep(SETTLE_S)
                after = await scrape(metrics)
                readings[in_words(call)].append(reading(before, after, call.route))
            print(f"round {number + 1} of {rounds}", flush=True)
    report(readings, tally)


if __name__ == "__main__":
    run(prove, numbers={"rounds": ROUNDS})
