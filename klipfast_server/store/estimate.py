"""How long jobs will take: what the last ones cost, and the queue played through the lanes.

A job is fetched, heard, made into clips and written about. One thread hears, a few make clips, each
in the order in which work comes in; so a job waits for what stands before it in a lane, but not for
what the other lane does meanwhile. Writing is taken to need no time: with a slow language model an
estimate is too short. Nothing is remembered of an estimate: the next one is made from the queue as
it is then.
"""

import heapq
import math
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec
from msgspec import Struct

from klipfast_server.core.config import Lanes
from klipfast_server.store import stage_shares
from klipfast_server.store.database import Connection, Database
from pipeline.highlights.selection import MAX_CLIPS, SPEECH_S_PER_CLIP

# What is taken to be so until a job has been measured: shares as they are on two cores.
HEARING = 0.15  # of a job's work
CLIPPED = 0.6  # of the source that has room for clips

FETCH, LISTEN, ENCODE, WRITE = range(4)


class Measured(Struct, frozen=True, kw_only=True):
    """What a completed job cost, in working seconds, and of what."""

    duration_s: float  # of the source, as far as it was used
    clip_count: int | None
    clip_s: float
    clip_total: int
    fetched_s: float | None  # None: it was an upload
    source_s: float  # the source's whole length
    listened_s: float
    encoded_s: float


class Unfinished(Struct, frozen=True, kw_only=True):
    """A job that is queued or processing, as its row tells."""

    job_id: str
    account_id: str
    parallel_jobs: int  # of its account, at most
    is_running: bool
    is_fetched: bool  # False: it is an upload
    duration_s: float | None  # None: not known yet
    source_s: float | None
    clip_count: int | None
    clip_s: float | None  # None: it is still to be heard
    clip_total: int | None
    made_s: float  # of clip_s
    done: float  # 0..1, of the present start
    progress: float  # 0..1, of the whole job


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast this machine works."""

    fetch: float  # seconds for a second of source
    listen: float  # seconds for a second of source
    clips: float  # seconds of clips from a second of source that has room for them
    clip_s: float  # seconds of one clip
    encode: float  # seconds for a second of clip, in one thread


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What is left to do of a job, in working seconds."""

    account_id: str
    parallel_jobs: int
    is_running: bool
    fetch_s: float
    listen_s: float
    encode_s: float  # of all clips together
    clips: int  # at least one


def room_s(duration_s: float, clip_count: int | None) -> float:
    """Seconds of a source that clips are made of: of a long one only so many are taken."""
    return min(duration_s, (clip_count or MAX_CLIPS) * SPEECH_S_PER_CLIP)


def pace(last: Sequence[Measured], guess_ratio: float) -> Pace:
    """The medians of the last jobs; without any, `guess_ratio` work for a second of source."""
    heard, made = HEARING * guess_ratio, (1 - HEARING) * guess_ratio
    return Pace(
        fetch=_median((j.fetched_s / j.source_s for j in last if j.fetched_s is not None), 0.0),
        listen=_median((j.listened_s / j.duration_s for j in last), heard),
        clips=_median((j.clip_s / room_s(j.duration_s, j.clip_count) for j in last), CLIPPED),
        clip_s=_median((j.clip_s / j.clip_total for j in last), CLIPPED * SPEECH_S_PER_CLIP),
        encode=_median((j.encoded_s / j.clip_s for j in last), made / CLIPPED),
    )


def _median(ratios: Iterable[float], guess: float) -> float:
    found = list(ratios)
    return statistics.median(found) if found else guess


def task(job: Unfinished, now: Pace, guess_source_s: float) -> Task:
    """What is left of a job at this pace; `guess_source_s` where its length is not known."""
    duration_s = job.duration_s or guess_source_s
    left = stage_shares.left(job.done)
    clip_s = job.clip_s or now.clips * room_s(duration_s, job.clip_count)
    one_s = clip_s / job.clip_total if job.clip_total else now.clip_s
    # Clips stay where a job is started again, though its progress begins anew.
    unmade_s = min(clip_s - job.made_s, clip_s * stage_shares.left(job.progress).clips)
    return Task(
        account_id=job.account_id,
        parallel_jobs=job.parallel_jobs,
        is_running=job.is_running,
        fetch_s=now.fetch * (job.source_s or duration_s) * left.fetch if job.is_fetched else 0.0,
        listen_s=now.listen * duration_s * left.listen if job.clip_s is None else 0.0,
        encode_s=now.encode * max(0.0, unmade_s),
        clips=max(1, round(unmade_s / one_s)),
    )


def ends_s(tasks: Sequence[Task], *, at_once: int, encoders: int) -> list[float]:
    """Seconds from now until each of the tasks, in the order of the queue, will have ended."""
    lanes, ends = _Lanes(encoders), [0.0] * len(tasks)
    running = Counter(task.account_id for task in tasks if task.is_running)
    waiting = [place for place, task in enumerate(tasks) if not task.is_running]
    steps = [(0.0, place, FETCH) for place, task in enumerate(tasks) if task.is_running]

    def claim(now: float) -> None:
        """As the worker does: the first that its account's plan allows."""
        for place in tuple(waiting):
            if running.total() >= at_once:
                return
            task = tasks[place]
            if running[task.account_id] < task.parallel_jobs:
                waiting.remove(place)
                running[task.account_id] += 1
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
    """When each lane has done all that has come in so far; seconds from now."""

    def __init__(self, encoders: int) -> None:
        self._encoders = encoders
        self._heard = self._encoded = 0.0

    def end(self, task: Task, step: int, now: float) -> float:
        """When this step will have ended, if it comes in now. Steps come in the order of time."""
        if step == FETCH:
            return now + task.fetch_s
        if step == ENCODE:
            return self._encode(task, now)
        if step == WRITE or task.listen_s == 0.0:  # takes next to no time; was heard before
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


async def left_s(db: Database, connection: Connection, lanes: Lanes) -> dict[str, float]:
    """Seconds from now until each unfinished job will have ended, by its id."""
    rows = await connection.fetch(db.sql["measured_jobs"])
    now = pace([msgspec.convert(dict(row), Measured) for row in rows], lanes.guess_ratio)
    rows = await connection.fetch(db.sql["unfinished_jobs"])
    jobs = [msgspec.convert(dict(row), Unfinished) for row in rows]
    ends = ends_s(
        [task(job, now, lanes.guess_source_s) for job in jobs],
        at_once=lanes.jobs_at_once,
        encoders=lanes.encoders,
    )
    return {job.job_id: end for job, end in zip(jobs, ends, strict=True)}
