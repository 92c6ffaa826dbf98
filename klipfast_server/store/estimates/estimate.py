"""Estimates when unfinished jobs end, from what the last jobs took and the work ahead of each.

By Little's law a job waits for the work that is ahead of it in its busiest lane, divided by what
that lane does at once; then comes its own time. Jobs are ahead in the order of fair turns. Writing
is assumed to take no time: with a slow language model an estimate is too short.
"""

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import msgspec
from msgspec import Struct

from klipfast_server.core.config import Config
from klipfast_server.store.database import Database
from klipfast_server.store.estimates.stage_shares import BEFORE_CLIPS, CLIPS, LISTENING, left_of
from pipeline.highlights.selection import MAX_CLIPS, SPEECH_S_PER_CLIP

# Guesses until a job has been measured: shares measured on two cores.
GUESS_LISTEN_SHARE = 0.15  # transcription, of a job's work
GUESS_CLIP_SHARE = 0.6  # clips, of the part of the source that has room for them

LISTEN, ENCODE, SERVER = "listen", "encode", "server"  # lanes; an account's places are one, too


class Measured(Struct, frozen=True, kw_only=True):
    """The cost of a completed job, in working seconds, and its size."""

    duration_s: float  # length of the used part of the source
    clip_count: int | None
    clip_s: float
    fetched_s: float | None  # None: an upload
    source_s: float  # length of the whole source
    listened_s: float
    encoded_s: float


class Unfinished(Struct, frozen=True, kw_only=True):
    """A queued or processing job, as in its row."""

    job_id: str
    account_id: str
    parallel_jobs: int  # limit of its account; 0 holds its jobs back
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
    only_writes: bool  # a text of another job
    is_edit: bool = False  # makes a clip of a talk that was heard, and goes before all others


class Pace(Struct, frozen=True, kw_only=True):
    """The speed of this machine."""

    fetch: float  # seconds per second of source
    listen: float  # seconds per second of source
    clips: float  # seconds of clips per second of source that has room for them
    encode: float  # seconds per second of clip, in one thread


class Capacity(Struct, frozen=True, kw_only=True):
    """What runs side by side, on this machine or on those of a cluster."""

    listeners: int  # talks that are heard
    encoders: int  # clips that are encoded
    jobs: int


class Work(Struct, frozen=True, kw_only=True):
    """The remaining work of a job, in working seconds."""

    fetch_s: float = 0.0
    listen_s: float = 0.0
    encode_s: float = 0.0  # total for all clips


def room_s(duration_s: float, clip_count: int | None) -> float:
    """Return the seconds of a source that have room for clips; the number of clips bounds them."""
    return min(duration_s, (clip_count or MAX_CLIPS) * SPEECH_S_PER_CLIP)


def pace(last: Sequence[Measured], guess_ratio: float) -> Pace:
    """Return the medians of the last jobs; without any, `guess_ratio` s per second of source."""
    listen, encode = GUESS_LISTEN_SHARE * guess_ratio, (1 - GUESS_LISTEN_SHARE) * guess_ratio
    room = GUESS_CLIP_SHARE
    return Pace(
        fetch=_median((j.fetched_s / j.source_s for j in last if j.fetched_s is not None), 0.0),
        listen=_median((j.listened_s / j.duration_s for j in last), listen),
        clips=_median((j.clip_s / room_s(j.duration_s, j.clip_count) for j in last), room),
        encode=_median((j.encoded_s / j.clip_s for j in last), encode / room),
    )


def _median(ratios: Iterable[float], guess: float) -> float:
    found = list(ratios)
    return statistics.median(found) if found else guess


def work(job: Unfinished, now: Pace, guess_source_s: float) -> Work:
    """Return a job's remaining work at this pace; `guess_source_s` replaces an unknown length."""
    if job.only_writes:
        return Work()
    duration_s = job.duration_s or guess_source_s
    clip_s = job.clip_s or now.clips * room_s(duration_s, job.clip_count)
    # Clips are kept when a job is restarted, although its progress starts again.
    unmade_s = max(0.0, min(clip_s - job.made_s, clip_s * left_of(CLIPS, job.progress)))
    fetched_s = (
        (job.source_s or duration_s) * left_of(BEFORE_CLIPS["fetch"], job.done) * job.is_fetched
    )
    heard_s = duration_s * left_of(LISTENING, job.done) * (job.clip_s is None)
    return Work(
        fetch_s=now.fetch * fetched_s,
        listen_s=now.listen * heard_s,
        encode_s=now.encode * unmade_s,
    )


def in_fair_order(jobs: Sequence[Unfinished], config: Config) -> list[Unfinished]:
    """Return jobs as they start: edits, the running ones, then by turns, which each start moves."""
    started: Counter[str] = Counter()
    turns = {}
    for job in jobs:
        if not (job.is_running or job.is_edit):
            turns[job.job_id] = job.turn + started[job.account_id] / config.weight(job.plan)
            started[job.account_id] += 1
    return sorted(jobs, key=lambda job: (not job.is_edit, turns.get(job.job_id, float("-inf"))))


def ends_s(jobs: Iterable[tuple[Unfinished, Work]], capacity: Capacity) -> dict[str, float]:
    """Return the seconds from now until each job ends, by its id, for jobs in fair order."""
    ahead: defaultdict[str, float] = defaultdict(float)  # seconds of work at the lane's rate
    jobs_ahead: Counter[str] = Counter()
    ends = {}
    for job, left in jobs:
        threads = min(capacity.encoders, job.clip_total or capacity.encoders)  # one for each clip
        own_s = left.fetch_s + left.listen_s + left.encode_s / threads
        takes_s = {
            LISTEN: left.listen_s / capacity.listeners,
            ENCODE: left.encode_s / capacity.encoders,
        }
        places = {SERVER: capacity.jobs, job.account_id: max(1, job.parallel_jobs)}
        if job.is_edit:
            places = {}
        waits_for = [lane for lane in takes_s if takes_s[lane]]
        if not job.is_running:
            waits_for += [place for place, most in places.items() if jobs_ahead[place] >= most]
        ends[job.job_id] = max((ahead[lane] for lane in waits_for), default=0.0) + own_s
        jobs_ahead.update(places.keys())
        for lane, lane_s in (takes_s | {p: own_s / most for p, most in places.items()}).items():
            ahead[lane] += lane_s
    return ends


async def left_s(db: Database, config: Config, capacity: Capacity) -> dict[str, float]:
    """Return the seconds from now until each unfinished job ends, by its id."""
    queue = await db.pool.fetchrow(db.sql["queue"])
    assert queue is not None
    now = pace(
        msgspec.json.decode(queue["measured"], type=list[Measured]), config.lanes.guess_ratio
    )
    jobs = msgspec.json.decode(queue["unfinished"], type=list[Unfinished])
    left = (
        (job, work(job, now, config.lanes.guess_source_s)) for job in in_fair_order(jobs, config)
    )
    return ends_s(left, capacity)
