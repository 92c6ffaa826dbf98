"""`make test-chaos`: real jobs whose server and database are killed, over and over.

A job runs undisturbed once. Then the same job runs again and again while its server is killed
(SIGKILL) at the boundary of every stage and at random moments; besides, the server is stopped
(SIGTERM), Postgres is killed, and Postgres is stopped for a while. In the end every job must be
completed with the clips of the undisturbed run, and nothing may be there twice, left over, or
charged twice. A trigger notes whatever a job stores: parts of a transcript, the talk, clips. What
was stored once may not be stored by a later start, which would have made it again.

    make test-chaos KILLS=60
"""

import asyncio
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from live_server import Answer, LiveServer, connected, live_server
from outcomes import BESIDE_WRITING, charges, leftovers, result, told_in
from tally import Tally, run

RANGE = {"start": 0, "end": 60}  # seconds of the sample: two clips, half a minute of work
BODY = {"range": RANGE, "clip_count": 2, "min_duration": 10, "max_duration": 30}
KILLS = 60  # kills of the server by SIGKILL; the other blows come on top
STOPPED_S = 4.0  # that Postgres stands still
BACK_S = 240.0  # for the database to be there again
MAX_BLOWS_PER_JOB = 12
STAGES = ("probe", "audio", "speech", "transcribe", "highlights", "look", "render", "write")
RANDOM = "random"  # a moment by chance
SETTINGS = {
    "KLIPFAST__LANES__ATTEMPTS": "1000",
    "KLIPFAST__LANES__LEASE_S": "3",
    "KLIPFAST__LANES__POLL_S": "0.5",
    "KLIPFAST__LANES__PROGRESS_S": "0.05",
}


STRUCK = ("server stopped", "Postgres killed", "Postgres stopped")  # besides
# BEFORE INSERT also sees what ON CONFLICT turns away: a clip that is rendered for the second time.
NOTES = """
CREATE TABLE made (job_id text, what text, start text);  -- each start has its lease
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO made
    SELECT job_id, TG_TABLE_NAME || coalesce(' ' || (to_jsonb(NEW) ->> TG_ARGV[0]), ''),
        lease_owner
    FROM jobs WHERE job_id = NEW.job_id;
    RETURN NEW;
END
$$;
CREATE TRIGGER note BEFORE INSERT ON heard FOR EACH ROW EXECUTE FUNCTION note('first');
CREATE TRIGGER note BEFORE INSERT ON talks FOR EACH ROW EXECUTE FUNCTION note('');
CREATE TRIGGER note BEFORE INSERT ON clips FOR EACH ROW EXECUTE FUNCTION note('ordinal');
"""
MADE_AGAIN = """
SELECT job_id || ': ' || what FROM made GROUP BY job_id, what HAVING count(DISTINCT start) > 1
"""
STAGE = """
SELECT stage, EXISTS (SELECT FROM texts WHERE texts.job_id = jobs.job_id) AS is_written
FROM jobs WHERE job_id = $1
"""
# Jobs whose transcript was begun by one start and ended by another.
RESUMED = """
SELECT count(DISTINCT t.job_id) FROM made t JOIN made h USING (job_id)
WHERE t.what = 'talks' AND h.what LIKE 'heard %' AND h.start <> t.start
"""


@dataclass
class Blows:
    """What is done to the server."""

    wanted: int = 0  # kills
    struck: Counter[str] = field(default_factory=Counter)
    last: str = ""  # what was done last: a job that ends wrongly is its case

    @property
    def kills(self) -> int:
        """Return how often the server was killed."""
        return self.struck.total() - sum(self.struck[what] for what in STRUCK)

    @property
    def missing(self) -> list[str]:
        """Return the stages at whose boundary nobody was killed, and the other blows not struck."""
        return [what for what in (*map(_killed, STAGES), *STRUCK) if not self.struck[what]]


async def disturbed(
    server: LiveServer, upload: str, blows: Blows, tally: Tally, chosen: random.Random
) -> str:
    """Run one job, disturbed at most MAX_BLOWS_PER_JOB times; its id."""
    job_id = await server.submit(upload, **BODY)
    for _ in range(MAX_BLOWS_PER_JOB):
        if blows.kills >= blows.wanted:
            break
        boundary = chosen.random() < 0.6
        stage = min(STAGES, key=lambda s: (blows.struck[_killed(s)], chosen.random()))
        seen = await _until(server, job_id, stage if boundary else None, chosen)
        if seen is None:
            break
        what = await _strike(server, chosen, job_id, seen)
        blows.struck[what] += 1
        blows.last = what
        tally.passed(what)
    await server.ended(job_id)
    return job_id


async def _until(
    server: LiveServer, job_id: str, stage: str | None, chosen: random.Random
) -> str | None:
    """Wait for a stage, or for a moment: the stage, RANDOM, or None once the job has ended.

    RANDOM also where the stage does not come: an earlier start has stored what it makes.
    """
    until = time.monotonic() + (20.0 if stage else chosen.uniform(0.1, 8.0))
    while time.monotonic() < until:
        job = await server.insist("GET", f"/api/v1/jobs/{job_id}")
        if job["finished_at"] is not None:
            return None
        if stage is not None and job["stage"] in told_in(stage):
            return stage
        await asyncio.sleep(0.02)
    return RANDOM


async def _kill(server: LiveServer, job_id: str, seen: str) -> str:
    """Kill the server; return what was done: where a boundary was awaited, the job's last stage.

    It is held first: the stage that was seen may have ended by the time the signal arrives.
    """
    server.running.send_signal(signal.SIGSTOP)
    async with connected(server) as connection:
        now = await connection.fetchrow(STAGE, job_id)
    await server.restart(signal.SIGKILL)
    if seen == RANDOM or now is None or now["stage"] is None:
        return _killed(RANDOM)
    is_writing = seen == "write" and now["stage"] in BESIDE_WRITING and not now["is_written"]
    return _killed("write" if is_writing else now["stage"])


def _killed(where: str) -> str:
    return f"server killed, {where}"


async def _strike(server: LiveServer, chosen: random.Random, job_id: str, seen: str) -> str:
    """Strike the server or its database; return what was done."""
    kind, postgres = chosen.random(), server.postgres
    if kind < 0.75:
        return await _kill(server, job_id, seen)
    if kind < 0.85:
        await server.restart(signal.SIGTERM)
        return "server stopped"
    if kind < 0.93:
        os.kill(postgres, signal.SIGKILL)
        await _back(server, lambda found: found != postgres)
        return "Postgres killed"
    children = Path(f"/proc/{postgres}/task/{postgres}/children").read_text().split()
    for one in (postgres, *map(int, children)):
        os.kill(one, signal.SIGSTOP)
    await asyncio.sleep(STOPPED_S)
    for one in (*map(int, children), postgres):
        os.kill(one, signal.SIGCONT)
    await _back(server, lambda _: True)
    return "Postgres stopped"


async def _back(server: LiveServer, holds: Callable[[int], bool]) -> None:
    """Wait until the database is there again."""
    deadline = time.monotonic() + BACK_S
    while time.monotonic() < deadline:
        try:
            if holds(server.postgres):
                await server.call("GET", "/readyz")
                return
        except (Answer, OSError, ValueError, IndexError):
            pass
        await asyncio.sleep(0.2)
    raise Answer("the database did not come back")


async def _judge_notes(server: LiveServer, tally: Tally, kills: int) -> None:
    """Check that nothing was made again, and that there was something to resume from."""
    async with connected(server) as connection:
        again = [row[0] for row in await connection.fetch(MADE_AGAIN)]
        noted = await connection.fetch(
            "SELECT split_part(what, ' ', 1) AS kind, count(*) FROM made GROUP BY 1 ORDER BY 1"
        )
        resumed = await connection.fetchval(RESUMED)
    kind = "nothing stored is made again"
    for what in again:
        tally.lost(kind, what)
    tally.row(kind).passed += sum(row["count"] for row in noted) - len(again)
    tally.row(kind).note = ", ".join(f"{row['kind']} {row['count']}" for row in noted)
    print(f"{resumed} transcripts were resumed from stored parts")
    if kills >= KILLS:
        tally.check("a transcript is resumed from parts", resumed > 0, "none was")


async def prove(tally: Tally, kills: int, seed: int) -> None:
    """Disturb jobs until the server was killed so often.

    `kills`: of the server, by SIGKILL. From KILLS on each stage and each other blow must be struck.
    """
    chosen, blows = random.Random(seed), Blows()
    async with live_server(SETTINGS) as server:
        upload = await server.upload()
        async with connected(server) as connection:
            await connection.execute(NOTES)
        jobs = [await disturbed(server, upload, blows, tally, chosen)]
        blows.wanted = kills
        expected = await result(server, jobs[0])
        print(f"undisturbed: {len(expected['clips'])} clips", flush=True)
        while blows.kills < kills and not tally.faults:
            try:
                jobs.append(await disturbed(server, upload, blows, tally, chosen))
            except Answer as error:
                tally.stuck(blows.last, str(error))
                break
            found = await result(server, jobs[-1])
            told = f"{jobs[-1]}: {found} instead of {expected}"
            tally.check("job as undisturbed", found == expected, told)
            done = f"{blows.kills} kills of {blows.struck.total()} blows"
            print(f"{done}, {len(jobs)} jobs, seed {seed}", flush=True)
        source_s = RANGE["end"] - RANGE["start"]
        tally.clean("files, rows, charges", await leftovers(server))
        tally.clean("files, rows, charges", await charges(server, jobs, source_s))
        await _judge_notes(server, tally, kills)
    if kills >= KILLS:
        tally.check("each boundary, each blow", not blows.missing, f"never: {blows.missing}")


if __name__ == "__main__":
    run(prove, numbers={"kills": KILLS, "seed": 1})
