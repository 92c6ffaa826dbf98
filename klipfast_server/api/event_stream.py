"""Server-sent events of a job: their data, their IDs, and the open streams.

An event ID is `number-clips`: the number ascends, and clips is a hexadecimal bit mask of the clips
already sent. Any server resumes a stream from the ID alone; no state is stored.
"""

import asyncio
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec
from msgspec import Struct

from klipfast_server.core.errors import RateLimited
from klipfast_server.schema.fields import about
from klipfast_server.schema.vocabulary import ErrorCode, JobError, Reason, Stage, Status, job_error
from klipfast_server.store.accounts import Account
from klipfast_server.store.database import Database

ENDED = ("completed", "failed", "canceled")
CHANNEL = "klipfast_changes"  # notices with the id of a job that has changed; sql/migrations/0032
STREAMS_PER_ACCOUNT = 10
TICK_S = 0.5  # between two looks for callers who have gone
RETRY_S = 15  # in the Retry-After of a stream too many
HEARTBEAT = b": still here\n\n"
ID = re.compile(r"(\d{1,9})-([0-9a-f]{1,64})(-end)?", re.ASCII)


class State(Struct, frozen=True, kw_only=True):
    """What a stream sees of a job; `ordinals` and `clip_ids` are those of the finished clips."""

    status: Status
    stage: Stage | None
    progress: float  # 0..1
    error_code: ErrorCode | None
    error_message: str | None
    error_reason: Reason | None
    ordinals: list[int]
    clip_ids: list[str]
    is_admitted: bool  # the key that opened the stream is valid still


class ProgressEvent(Struct, frozen=True, kw_only=True):
    """Data of `progress`; `clips` counts the finished ones."""

    status: Annotated[Status, about("Status of the job.")]
    stage: Annotated[Stage | None, about("Current stage; null unless processing.")]
    progress: Annotated[float, about("Fraction of the job that is done, 0–1.")]
    clips: Annotated[int, about("Finished clips.")]


class EndEvent(Struct, frozen=True, kw_only=True):
    """Data of `end`."""

    status: Annotated[Status | Literal["deleted"], about("How the job ended, or deleted.")]
    error: Annotated[JobError | None, about("Why it failed, or null.")] = None


class Place:
    """How far a client has received the events, restored from its Last-Event-ID."""

    def __init__(self, last_event_id: str = "") -> None:
        found = ID.fullmatch(last_event_id)
        self._number = int(found[1]) if found else 0
        self._clips = int(found[2], 16) if found else 0
        self.ended = bool(found and found[3])  # the last event was `end`

    def untold(self, ordinals: Sequence[int]) -> list[int]:
        """Return the clips not sent yet; one that disappeared is forgotten, it may return."""
        self._clips &= sum(1 << ordinal for ordinal in ordinals)
        return [ordinal for ordinal in ordinals if not self._clips >> ordinal & 1]

    def event(self, name: str, data: Struct, ordinal: int | None = None) -> bytes:
        """Return the text of the next event; `ordinal` is that of its clip."""
        self._number += 1
        if ordinal is not None:
            self._clips |= 1 << ordinal
        mark = "-end" if name == "end" else ""
        head = f"event: {name}\nid: {self._number}-{self._clips:x}{mark}\ndata: "
        return head.encode() + msgspec.json.encode(data) + b"\n\n"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Follower:
    """One open stream."""

    wake: asyncio.Event
    has_gone: Callable[[], bool]


class Streams:
    """The open streams of this process."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()
        self._followers: defaultdict[str, set[_Follower]] = defaultdict(set)  # by job
        self._stopping = False

    @contextmanager
    def admitted(self, account_id: str) -> Iterator[None]:
        """Count a stream while the block runs. Raises RateLimited."""
        if self._open[account_id] >= STREAMS_PER_ACCOUNT:
            raise RateLimited(
                f"{STREAMS_PER_ACCOUNT} event streams of this account are open; close one first.",
                retry_after_s=RETRY_S,
            )
        self._open[account_id] += 1
        try:
            yield
        finally:
            self._open[account_id] -= 1
            if not self._open[account_id]:
                del self._open[account_id]

    @property
    def total(self) -> int:
        """Number of open streams."""
        return self._open.total()

    @property
    def is_stopping(self) -> bool:
        """Whether streams are to end."""
        return self._stopping

    def stop(self) -> None:
        """End every stream; clients resume at the next server by their last ID."""
        self._stopping = True
        self.changed("")

    @contextmanager
    def following(self, job_id: str, has_gone: Callable[[], bool]) -> Iterator[asyncio.Event]:
        """Yield an event that is set whenever the job may have changed, or the caller has gone."""
        follower = _Follower(wake=asyncio.Event(), has_gone=has_gone)
        self._followers[job_id].add(follower)
        try:
            yield follower.wake
        finally:
            self._followers[job_id].discard(follower)
            if not self._followers[job_id]:
                del self._followers[job_id]

    def changed(self, job_id: str) -> None:
        """Wake the streams of a job; "": of every job, for notices missed or a revoked key."""
        every = self._followers
        for followers in every.values() if job_id == "" else [every.get(job_id, set())]:
            for follower in followers:
                follower.wake.set()

    async def watch(self) -> None:
        """Wake the streams whose callers have gone; never returns.

        One timer for all: a thousand streams with timers of their own would take a tenth of a core.
        """
        while True:
            await asyncio.sleep(TICK_S)
            for followers in self._followers.values():
                for follower in followers:
                    if follower.has_gone():
                        follower.wake.set()


async def look(db: Database, account: Account, job_id: str) -> State | None:
    """Return the state of the job; None once it is deleted."""
    row = await db.pool.fetchrow(db.sql["job_state"], job_id, account.account_id, account.key_id)
    return None if row is None else msgspec.convert(dict(row), State)


def progress_of(state: State) -> ProgressEvent:
    """Return the data of a `progress` event."""
    return ProgressEvent(
        status=state.status,
        stage=state.stage,
        progress=round(state.progress, 4),
        clips=len(state.ordinals),
    )


def end_of(state: State | None) -> EndEvent | None:
    """Return the data of the `end` event; None while the job is unfinished."""
    if state is None:
        return EndEvent(status="deleted")
    if state.status not in ENDED:
        return None
    error = job_error(state.error_code, state.error_message, state.error_reason)
    return EndEvent(status=state.status, error=error)
