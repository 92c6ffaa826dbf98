"""What the stages of one start of a job share: their lanes, its progress, and how they are stopped.

Knows nothing of what the stages do.
"""

import asyncio
import dataclasses
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, TypeVar

from klipfast_server.core.config import Plan
from klipfast_server.core.errors import Forbidden
from klipfast_server.core.tasks import unless_stopped, wait_for_either
from klipfast_server.store.queue.job_queue import ClaimedJob
from klipfast_server.work.progress import Progress
from klipfast_server.work.stage_watch import WatchedStage
from klipfast_server.work.worker_context import WorkerContext
from pipeline.core.control import Control
from pipeline.core.errors import Canceled

Result = TypeVar("Result")

LANES = {"clip": "encode"}  # stages that are not called like their lane


class Stages:
    """The stages of a claimed job; `work_dir` is theirs alone."""

    def __init__(self, context: WorkerContext, job: ClaimedJob) -> None:
        """Nothing runs yet."""
        self.context = context
        self.job = job
        self.work_dir = context.config.server.data_dir / "work" / job.job_id
        self._cancel = threading.Event()  # for threads
        self._stopped = asyncio.Event()  # the same, for the loop
        self._told = asyncio.Event()  # the stop came from outside
        self.progress = Progress(self._cancel, only_writes=job.rewrite_of is not None)

    def stop(self) -> None:
        """Stop every stage soon: from outside."""
        self.end_threads()
        self._told.set()

    def end_threads(self) -> None:
        """Stop the stages; what they have finished is stored, for another start to use."""
        self._cancel.set()
        self._stopped.set()

    @property
    def stopped(self) -> asyncio.Event:
        """Return what is set once the stages are to end, whatever the reason."""
        return self._stopped

    @property
    def is_told(self) -> bool:
        """Whether the stop came from outside."""
        return self._told.is_set()

    @property
    def plan(self) -> Plan:
        """Return the account's plan. Raises Forbidden where it is offered no more."""
        plan = self.context.config.plans.get(self.job.plan)
        if plan is None:
            raise Forbidden(
                f"The account's plan, {self.job.plan}, is no longer offered; "
                "submit the video again once the account has another plan."
            )
        return plan

    def watched(self, stage: str) -> WatchedStage:
        """Return what watches a blocking stage."""
        return self.context.watch.stage(self.job.job_id, stage, is_edit=self.job.is_edit)

    async def in_lane(
        self, stage: str, call: Callable[..., Result], *args: Any, control: Control, **kw: Any
    ) -> tuple[Result, float]:
        """Run a blocking stage in its lane; (result, seconds it worked).

        An edit has a lane of its own; a text that is written again goes first. A stage that waits
        for its turn ends at once when stopped. A stage that has begun is awaited: it checks its
        control and ends soon.
        """
        context = self.context
        watched = self.watched(stage)
        control = dataclasses.replace(control, on_check=watched.beat)
        work = partial(timed, watched.run, call, *args, control=control, **kw)
        name = "edit" if self.job.is_edit else LANES.get(stage, stage)
        turn = context.lanes[name].submit(
            partial(context.metrics.in_lane, name, stage, work), first=not self.job.is_charged
        )
        ended = asyncio.wrap_future(turn)
        await wait_for_either(ended, self._stopped)
        if self._stopped.is_set() and turn.cancel():
            raise Canceled("The job was canceled.")
        return await ended

    @asynccontextmanager
    async def place(self, places: asyncio.Semaphore) -> AsyncIterator[None]:
        """Hold one of the places while the block runs. Raises Canceled if stopped before that."""
        turn = asyncio.create_task(places.acquire())
        try:
            await wait_for_either(turn, self._stopped)
            if self._stopped.is_set():
                raise Canceled("The job was canceled.")
            yield
        finally:
            if not turn.cancel():  # it has got one
                places.release()

    async def unless_told(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Await `work`, which is canceled when the stop comes from outside. Raises Canceled."""
        try:
            return await unless_stopped(work, self._told)
        except asyncio.CancelledError:
            if not self._told.is_set():
                raise
            raise Canceled("The job was canceled.") from None


def timed(call: Callable[..., Result], *args: Any, **kw: Any) -> tuple[Result, float]:
    """Return what `call` returns, and the seconds it took."""
    began = time.monotonic()
    result = call(*args, **kw)
    return result, time.monotonic() - began
