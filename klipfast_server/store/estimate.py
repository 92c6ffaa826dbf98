"""Estimates how long jobs take: measures the last ones, and simulates the queue in the lanes.

A job is fetched, transcribed, rendered and written about. One thread transcribes, a few render
clips, each in the order of arrival; so a job waits for earlier work in its lane, but not for the
other lane. Writing is assumed to take no time: with a slow language model an estimate is too short.
Estimates are not stored: each one is computed from the current queue.
"""

import asyncio
import heapq
import math
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import msgspec
from msgspec import Struct

from klipfast_server.core.config import Config
from klipfast_server.store import stage_shares
from klipfast_server.store.database import Connection, Database
from pipeline.highlights.selection import MAX_CLIPS, SPEECH_S_PER_CLIP

# Guesses until a job has been measured: shares measured on two cores.
GUESS_LISTEN_SHARE = 0.15  # transcription, of a job's work
GUESS_CLIP_SHARE = 0.6  # clips, of the part of the source that has room for them

# Jobs whose ends the event loop works out itself. Each start looks at all that wait, so a few
# hundred take a while; a few take less than the way to another thread and back.
FEW = 20

FETCH, LISTEN, ENCODE, WRITE = range(4)


class Measured(Struct, frozen=True, kw_only=True):
    """The cost of a completed job, in working seconds, and its size."""

    duration_s: float  # length of the used part of the source
    clip_count: int | None
    clip_s: float
    clip_total: int
    fetched_s: float | None  # None: an upload
    source_s: float  # length of the whole source
    listened_s: float
    encoded_s: float


class Unfinished(Struct, frozen=True, kw_only=True):
    """A queued or processing job, as in its row."""

    job_id: str
    account_id: str
    parallel_jobs: int  # limit of its account
    plan: str
    turn: float  # its account's turn, see take_turn in sql/worker.sql
    is_running: bool
    is_fetched: bool  # False: an upload
    duration_s: float | None  # None: unknown yet
    source_s: float | None
    clip_count: int | None
    clip_s: float | None  # None: not transcribed yet
    clip_total: int | None
    made_s: float  # completed part of clip_s
    done: float  # 0..1, of the present attempt
    progress: float  # 0..1, of the whole job
    only_writes: bool = False  # a text of another job


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """The speed of this machine."""

    fetch: float  # seconds per second of source
    listen: float  # seconds per second of source
    clips: float  # seconds of clips per second of source that has room for them
    clip_s: float  # seconds of one clip
    encode: float  # seconds per second of clip, in one thread


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """The remaining work of a job, in working seconds."""

    account_id: str
    parallel_jobs: int
    turn: float
    weight: float  # weight of the account's plan
    is_running: bool
    fetch_s: float
    listen_s: float
    encode_s: float  # total for all clips
    clips: int  # at least one


def room_s(duration_s: float, clip_count: int | None) -> float:
    """Return the seconds of a source that have room for clips; the number of clips bounds them."""
    return min(duration_s, (clip_count or MAX_CLIPS) * SPEECH_S_PER_CLIP)


def pace(last: Sequence[Measured], guess_ratio: float) -> Pace:
    """Return the medians of the last jobs; without any, `guess_ratio` s per second of source."""
    listen_ratio, encode_ratio = (
        GUESS_LISTEN_SHARE * guess_ratio,
        (1 - GUESS_LISTEN_SHARE) * guess_ratio,
    )
    return Pace(
        fetch=_median((j.fetched_s / j.source_s for j in last if j.fetched_s is not None), 0.0),
        listen=_median((j.listened_s / j.duration_s for j in last), listen_ratio),
        clips=_median(
            (j.clip_s / room_s(j.duration_s, j.clip_count) for j in last), GUESS_CLIP_SHARE
        ),
        clip_s=_median(
            (j.clip_s / j.clip_total for j in last), GUESS_CLIP_SHARE * SPEECH_S_PER_CLIP
        ),
        encode=_median((j.encoded_s / j.clip_s for j in last), encode_ratio / GUESS_CLIP_SHARE),
    )


def _median(ratios: Iterable[float], guess: float) -> float:
    found = list(ratios)
    return statistics.median(found) if found else guess


def task(job: Unfinished, now: Pace, guess_source_s: float, weight: float = 1.0) -> Task:
    """Return a job's remaining work at this pace; `guess_source_s` replaces an unknown length."""
    if job.only_writes:
        return _written(job, weight)
    duration_s = job.duration_s or guess_source_s
    left = stage_shares.left(job.done)
    clip_s = job.clip_s or now.clips * room_s(duration_s, job.clip_count)
    one_s = clip_s / job.clip_total if job.clip_total else now.clip_s
    # Clips are kept when a job is restarted, although its progress starts again.
    unmade_s = min(clip_s - job.made_s, clip_s * stage_shares.left(job.progress).clips)
    return Task(
        account_id=job.account_id,
        parallel_jobs=job.parallel_jobs,
        turn=job.turn,
        weight=weight,
        is_running=job.is_running,
        fetch_s=now.fetch * (job.source_s or duration_s) * left.fetch if job.is_fetched else 0.0,
        listen_s=now.listen * duration_s * left.listen if job.clip_s is None else 0.0,
        encode_s=now.encode * max(0.0, unmade_s),
        clips=max(1, round(unmade_s / one_s)),
    )


def _written(job: Unfinished, weight: float) -> Task:
    """Return the task of a job that only writes, which is assumed to take no time."""
    return Task(
        account_id=job.account_id,
        parallel_jobs=job.parallel_jobs,
        turn=job.turn,
        weight=weight,
        is_running=job.is_running,
        fetch_s=0.0,
        listen_s=0.0,
        encode_s=0.0,
        clips=1,
    )


def ends_s(tasks: Sequence[Task], *, at_once: int, encoders: int) -> list[float]:
    """Return the seconds from now until each task ends, for tasks in queue order."""
    lanes, ends = _Lanes(encoders), [0.0] * len(tasks)
    running = Counter(task.account_id for task in tasks if task.is_running)
    waiting = [place for place, task in enumerate(tasks) if not task.is_running]
    steps = [(0.0, place, FETCH) for place, task in enumerate(tasks) if task.is_running]

    turns = {task.account_id: task.turn for task in tasks}

    def claim(now: float) -> None:
        """Start waiting tasks as the worker does: in fair turns, as many as the plans allow."""
        while running.total() < at_once:
            ready = [p for p in waiting if running[tasks[p].account_id] < tasks[p].parallel_jobs]
            if not ready:
                return
            place = min(ready, key=lambda p: (turns[tasks[p].account_id], p))
            account_id = tasks[place].account_id
            turns[account_id] += 1 / tasks[place].weight
            waiting.remove(place)
            running[account_id] += 1
            heapq.heappush(steps, (now, place, FETCH))

    claim(0.0)
    while steps:
        now, place, step = heapq.heappop(steps)
        then = lanes.end(tasks[place], step, now)
        if step < WRITE:
            heapq.heappush(steps, (then, place, step + 1))
        else:
            ends[place] = then
            running[tasks[place].account_id] -= 1
            claim(then)
    return ends


class _Lanes:
    """The seconds from now at which each lane has finished all work so far."""

    def __init__(self, encoders: int) -> None:
        self._encoders = encoders
        self._heard = self._encoded = 0.0

    def end(self, task: Task, step: int, now: float) -> float:
        """Return when a step ends if it arrives now. Call with ascending times."""
        if step == FETCH:
            return now + task.fetch_s
        if step == ENCODE:
            return self._encode(task, now)
        if step == WRITE or task.listen_s == 0.0:  # no time; or transcribed before
            return now
        self._heard = max(now, self._heard) + task.listen_s
        return self._heard

    def _encode(self, task: Task, now: float) -> float:
        if task.encode_s == 0.0:
            return now
        begins = max(now, self._encoded)
        self._encoded = begins + task.encode_s / self._encoders
        # Three clips in two threads take as long as four.
        return begins + task.encode_s / task.clips * math.ceil(task.clips / self._encoders)


async def left_s(db: Database, connection: Connection, config: Config) -> dict[str, float]:
    """Return the seconds from now until each unfinished job ends, by its id."""
    lanes = config.lanes
    queue = await connection.fetchrow(db.sql["queue"])
    assert queue is not None
    now = pace(msgspec.json.decode(queue["measured"], type=list[Measured]), lanes.guess_ratio)
    jobs = msgspec.json.decode(queue["unfinished"], type=list[Unfinished])
    tasks = [task(job, now, lanes.guess_source_s, config.weight(job.plan)) for job in jobs]
    simulate = partial(ends_s, tasks, at_once=lanes.jobs_at_once, encoders=lanes.encoders)
    ends = simulate() if len(tasks) <= FEW else await asyncio.to_thread(simulate)
    return {job.job_id: end for job, end in zip(jobs, ends, strict=True)}


async def of_unfinished(db: Database, config: Config) -> dict[str, float]:
    """Return what `left_s` does, for whoever has no connection open."""
    async with db.pool.acquire() as connection:
        return await left_s(db, connection, config)
