"""`make test-database`: real jobs while their database hangs, is away, is full, or takes them back.

Each fault strikes in listening, rendering and writing; callers read, write and follow the job
meanwhile. Every job must end with the clips of an undisturbed one, in one attempt, charged once;
every answer must come in time and be a result or a refusal with Retry-After.

    make test-database PARTS="hangs stopped connections disk rolled"
"""

import asyncio
import random
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import asyncpg
from live_server import QUICK, Answer, LiveServer, connected, live_server
from outcomes import charges, leftovers, result
from own_postgres import OwnPostgres, own_postgres
from small_disk import filled
from tally import Tally, run

STAGES = {
    "listening": ("audio", "speech", "transcribe", "highlights"),
    "rendering": ("look", "render"),
    "writing": ("write",),
}
AWAY_S = 30.0
FULL_S = 15.0
CUTS = 7
BODY = QUICK | {"text_outputs": ["twitter_thread"]}  # so that there is something to write
QUICK_S = 20.0  # of its source that QUICK uses, and pays for
TIMEOUT_S = 10.0  # database.timeout_s: for a connection, and for the statement on it
MAX_ANSWER_S = 2 * TIMEOUT_S + 5.0
MAX_TRIES = 6  # to strike in a stage, which may last a moment
MAX_BACK_S = 10.0  # for the next good answer once the fault is over
SETTINGS = {
    "KLIPFAST__DATABASE__TIMEOUT_S": str(TIMEOUT_S),
    "KLIPFAST__LANES__PROGRESS_S": "0.05",
    "KLIPFAST__LANES__POLL_S": "1",
}
# A fifth of all writes fails, as by a conflict with another transaction, and the first one surely.
# Not even a transaction that is rolled back takes back what a sequence has counted.
CONFLICTS = """
CREATE SEQUENCE writes;
CREATE FUNCTION conflict() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF nextval('writes') = 1 OR random() < 0.1 THEN
        RAISE EXCEPTION 'could not serialize access' USING ERRCODE = '40001';
    ELSIF random() < 0.1 / 0.9 THEN
        RAISE EXCEPTION 'deadlock detected' USING ERRCODE = '40P01';
    END IF;
    RETURN coalesce(NEW, OLD);
END
$$;
CREATE TRIGGER conflict BEFORE INSERT OR UPDATE OR DELETE ON jobs
    FOR EACH ROW EXECUTE FUNCTION conflict();
CREATE TRIGGER conflict BEFORE INSERT OR UPDATE OR DELETE ON talks
    FOR EACH ROW EXECUTE FUNCTION conflict();
CREATE TRIGGER conflict BEFORE INSERT OR UPDATE OR DELETE ON clips
    FOR EACH ROW EXECUTE FUNCTION conflict();
"""
UNFINISHED = "SELECT count(*) FROM jobs WHERE finished_at IS NULL"
PEACE = "DROP FUNCTION conflict() CASCADE; DROP SEQUENCE writes"

Fault = Callable[[LiveServer, OwnPostgres], Awaitable[None]]


class Missed(Exception):
    """The job ended before the fault struck."""


async def hang(_: LiveServer, postgres: OwnPostgres) -> None:
    """Every process of Postgres stands still for AWAY_S."""
    await postgres.stand_still(AWAY_S)


async def stop(_: LiveServer, postgres: OwnPostgres) -> None:
    """Postgres is stopped, and started again after AWAY_S."""
    await postgres.stop()
    await asyncio.sleep(AWAY_S)
    await postgres.start()


async def cut(server: LiveServer, _: OwnPostgres) -> None:
    """All connections are cut, CUTS times, at moments by chance."""
    for _cut in range(CUTS):
        async with connected(server) as connection:
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            )
        await asyncio.sleep(random.uniform(0.0, 1.0))


async def disk_full(server: LiveServer, postgres: OwnPostgres) -> None:
    """The disk of Postgres is full for FULL_S; where that ends it, it is started afterwards."""
    until, refused = time.monotonic() + FULL_S, 0
    with filled(postgres.disk):
        while time.monotonic() < until:  # others write, too
            try:
                async with connected(server) as connection:
                    await connection.execute("CREATE TABLE IF NOT EXISTS noise (text text)")
                    await connection.execute(
                        "INSERT INTO noise SELECT repeat(md5(n::text), 200) "
                        "FROM generate_series(1, 2000) n"
                    )
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                refused += 1
            await asyncio.sleep(0.2)
    if not refused:
        raise Answer("the disk was not full")
    await postgres.start()
    async with connected(server) as connection:
        await connection.execute("DROP TABLE IF EXISTS noise")


async def conflict(server: LiveServer, _: OwnPostgres) -> None:
    """A fifth of the writes of jobs, talks and clips is rolled back, until the job has ended.

    Raises Missed where the job wrote nothing more.
    """
    before = len(server.log)
    async with connected(server) as connection:
        await connection.execute(CONFLICTS)
        try:
            while await connection.fetchval(UNFINISHED):  # noqa: ASYNC110 - another process works
                await asyncio.sleep(0.2)
        finally:
            await connection.execute(PEACE)
    if "transaction rolled back" not in server.log[before:]:
        raise Missed


FAULTS: dict[str, tuple[str, Fault]] = {
    "hangs": (f"hangs for {AWAY_S:g} s", hang),
    "stopped": (f"stopped for {AWAY_S:g} s", stop),
    "connections": (f"connections cut, {CUTS} times", cut),
    "disk": (f"its disk full for {FULL_S:g} s", disk_full),
    "rolled": ("a fifth of all writes rolled back", conflict),
}


@dataclass
class Callers:
    """Callers who read and write all the time, and the answers they got."""

    server: LiveServer
    answers: Counter[str] = field(default_factory=Counter)
    slowest_s: float = 0.0
    faults: list[str] = field(default_factory=list)
    good_at: float = 0.0  # the moment of the last good answer

    @asynccontextmanager
    async def calling(self, job_id: str) -> AsyncIterator[None]:
        """Read a job, read the usage, and make webhooks, while the block runs."""
        webhook = {"url": "https://example.com/hook", "events": ["job.completed"]}
        async with self.server.session() as session, asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self._call(session, "GET", f"/api/v1/jobs/{job_id}")),
                group.create_task(self._call(session, "GET", "/api/v1/usage")),
                group.create_task(self._call(session, "POST", "/api/v1/webhooks", webhook)),
            ]
            try:
                yield
            finally:
                for task in tasks:
                    task.cancel()

    async def _call(
        self, session: aiohttp.ClientSession, method: str, path: str, body: object = None
    ) -> None:
        while True:
            began = time.monotonic()
            async with session.request(method, self.server.base + path, json=body) as response:
                text = await response.text()
            took_s = time.monotonic() - began
            self.slowest_s = max(self.slowest_s, took_s)
            self.answers[str(response.status)] += 1
            told = "Retry-After" in response.headers
            if response.status < 500:
                self.good_at = time.monotonic()
            elif not told or response.status not in (500, 503):
                self.faults.append(f"{method} {path}: {response.status} {text[:200]}")
            if took_s > MAX_ANSWER_S:
                self.faults.append(f"{method} {path} took {took_s:.1f} s")
            await asyncio.sleep(0.3)


async def followed(server: LiveServer, job_id: str) -> list[str]:
    """The names of the events of a job's stream, until its end."""
    names = []
    async with (
        server.session(timeout=aiohttp.ClientTimeout(total=None)) as session,
        session.get(f"{server.base}/api/v1/jobs/{job_id}/events") as response,
    ):
        async for line in response.content:
            if line.startswith(b"event: "):
                names.append(line.decode().removeprefix("event: ").strip())
    return names


@dataclass
class Proof:
    """A server on a Postgres of its own, and what was found."""

    server: LiveServer
    postgres: OwnPostgres
    upload: str
    tally: Tally
    callers: Callers
    jobs: list[str] = field(default_factory=list)

    async def struck(self, kind: str, when: str, fault: Fault) -> str:
        """Run jobs until one is struck in the stage; its id. Raises Missed after MAX_TRIES."""
        for _ in range(MAX_TRIES - 1):
            with suppress(Missed):
                return await self.job(kind, when, fault)
        return await self.job(kind, when, fault)

    async def job(self, kind: str, when: str, fault: Fault | None) -> str:
        """Run a job that is struck in a stage; its id. Raises Missed where it ended before."""
        job_id = await self.server.submit(self.upload, **BODY)
        self.jobs.append(job_id)
        stream = asyncio.create_task(followed(self.server, job_id))
        if fault is not None and not await self._strikes(job_id, kind, when, fault):
            await asyncio.wait_for(stream, 60)
            raise Missed(f"{when} was over")
        try:
            await self.server.ended(job_id)
        except Answer as error:
            self.tally.stuck(kind, str(error))
            raise
        names = await asyncio.wait_for(stream, 60)
        self.tally.check(
            "event streams told to the end",
            names[-1:] == ["end"] and names.count("clip") == 1,
            f"{kind}, {when}: {names[-5:]}",
        )
        return job_id

    async def _strikes(self, job_id: str, kind: str, when: str, fault: Fault) -> bool:
        """Strike a job in a stage; return whether it had not ended before."""
        reached = await self.server.at_stage(job_id, STAGES[when])
        if not reached:
            return False
        print(f"{kind}, {when}: strikes at {reached}", flush=True)
        has_struck = True
        async with self.callers.calling(job_id):
            try:
                await fault(self.server, self.postgres)
            except Missed:
                has_struck = False
            await self._back(kind, time.monotonic())
        return has_struck

    async def _back(self, kind: str, over: float) -> None:
        """Check that good answers come within MAX_BACK_S after the fault."""
        while self.callers.good_at < over:
            if time.monotonic() - over > MAX_BACK_S + MAX_ANSWER_S:
                self.tally.stuck("good answers soon after", kind)
                return
            await asyncio.sleep(0.1)
        back_s = self.callers.good_at - over
        self.tally.check("good answers soon after", back_s < MAX_BACK_S, f"{kind}: {back_s:.1f} s")

    async def run(self, parts: Sequence[str]) -> None:
        """Strike with each of these faults in every stage."""
        expected = await result(self.server, await self.job("undisturbed", "", None))
        for name, fault in map(FAULTS.__getitem__, parts):
            for when in STAGES:
                try:
                    found = await result(self.server, await self.struck(name, when, fault))
                except Missed as error:
                    self.tally.lost(name, f"{when}: {error}")
                    continue
                self.tally.check(name, found == expected, f"{when}: {found}, not {expected}")
                await self._forget_webhooks()
        async with connected(self.server) as connection:
            attempts = await connection.fetch("SELECT job_id FROM jobs WHERE attempts > 1")
        self.tally.clean("one attempt each", [f"{row['job_id']}: more" for row in attempts])
        self.tally.clean("answers in time, true", self.callers.faults)
        self.tally.clean("files, rows", await leftovers(self.server))
        self.tally.clean("charged once", await charges(self.server, self.jobs, QUICK_S))

    async def _forget_webhooks(self) -> None:
        async with connected(self.server) as connection:
            await connection.execute("DELETE FROM webhooks")


async def prove(tally: Tally, parts: Sequence[str]) -> None:
    """Strike the database of a server in these ways."""
    with tempfile.TemporaryDirectory(prefix="kf-pg-", dir="/tmp") as folder:
        async with own_postgres(Path(folder) / "pg") as postgres:
            settings = SETTINGS | {"KLIPFAST_DATABASE_URL": postgres.url}
            async with live_server(settings) as server:
                callers, upload = Callers(server), await server.upload()
                await Proof(server, postgres, upload, tally, callers).run(parts)
    print(f"answers {dict(callers.answers)}, slowest {callers.slowest_s:.1f} s")


if __name__ == "__main__":
    run(prove, parts=FAULTS)
