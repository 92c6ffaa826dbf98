"""Claims jobs and runs them side by side.

There are five lanes: one thread listens (recognition), one describes spans that people chose, one
looks at the pictures of the next clip, a small pool encodes, one thread writes; with a cluster,
other machines listen, look and encode (see `placement`). While one job's clips are rendered the
next job is transcribed, and a slow language model blocks no other lane (but each job that waits for
it keeps its place among `capacity.jobs`). An edit makes a clip of a talk that was heard, and
somebody waits for it: it is claimed beside `capacity.jobs`, and is next in each lane.
Jobs are claimed once the models are loaded.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Coroutine
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

import structlog

from klipfast_server.core.claim_loop import ClaimLoop
from klipfast_server.core.config import Config
from klipfast_server.core.engine import READY, Engine
from klipfast_server.core.tasks import background
from klipfast_server.core.threads import EDIT_NICENESS, NICENESS, Lane
from klipfast_server.files.source_files import SourceFiles
from klipfast_server.files.storage import Storage
from klipfast_server.store import notifications
from klipfast_server.store.database import Database
from klipfast_server.store.intake import uploads
from klipfast_server.store.queue import job_queue
from klipfast_server.store.queue.job_queue import ClaimedJob
from klipfast_server.telemetry.liveness import Liveness
from klipfast_server.telemetry.metrics import Metrics
from klipfast_server.webhooks.outbox import Outbox
from klipfast_server.work.job_run import Run
from klipfast_server.work.placement import Placement
from klipfast_server.work.stage_watch import StageWatch
from klipfast_server.work.worker_context import WorkerContext
from pipeline.core.errors import ModelMisconfigured, ModelUnavailable
from pipeline.core.thread_policy import LEAST_PRIORITY

log = structlog.get_logger()

NICE = {"look": LEAST_PRIORITY, "edit": EDIT_NICENESS}  # lanes that differ
EDITS_AT_ONCE = 4  # clips of heard talks, beside the usual jobs
GIVE_BACK_S = 5.0  # to release a job that was claimed while the worker was stopped
LOOK_S = 5.0  # at most, between two looks for hanging stages
FIRST_WARM_RETRY_S = 30.0  # seconds after the models failed to load for the first time
MAX_WARM_RETRY_S = 600.0  # seconds; each pause before that is twice the last one


class EndProcess(Protocol):
    """Ends the process in an orderly way."""

    def __call__(self, settings_fault: str = "", /) -> None:
        """End it; a new process helps only where `settings_fault`, a sentence, is empty."""


class Worker:
    """The running jobs of this process."""

    def __init__(
        self, context: WorkerContext, placement: Placement, end_process: EndProcess
    ) -> None:
        """Work in `context`, the long stages where `placement` has them.

        `end_process` ends the process in an orderly way.
        """
        lanes = context.config.lanes
        self._context = context
        self.lanes = context.lanes
        self._placement = placement
        self._end_process = end_process
        self._runs: dict[str, Run] = {}
        self._elsewhere = 0  # jobs whose upload lies with another server
        self._stalled: set[str] = set()  # jobs with a stage that hangs
        self.liveness = Liveness(lanes.poll_s)
        self.warmed = asyncio.Event()  # the models are loaded
        self._loop = ClaimLoop(
            "jobs",
            claim=self._claim,
            at_once=lambda: placement.capacity.jobs + EDITS_AT_ONCE,
            poll_s=lanes.poll_s,
            beat=self.liveness.beat,
        )

    async def work(self) -> None:
        """Claim jobs whenever there is room; never returns."""
        await self._loop.run()

    async def _claim(self) -> Coroutine[Any, Any, None] | None:
        context = self._context
        await self._bury()
        if context.engine.models_state != READY or self._placement.fault:
            return None  # the jobs stay queued: without models each would only fail
        if any(run.job.is_suspect for run in self._runs.values()):
            return None  # it runs alone
        here, elsewhere = await uploads.here(context.db, context.config)
        if elsewhere != self._elsewhere:
            self._elsewhere = elsewhere
            log.info("jobs wait for the server that has their upload", jobs=elsewhere)
        usual = sum(not run.job.is_edit for run in self._runs.values())
        # A claim that is canceled in its commit may have been made, and nobody would release it.
        claiming = asyncio.create_task(
            job_queue.claim(
                context.db,
                context.config,
                is_idle=not self._runs,
                only_edits=usual >= self._placement.capacity.jobs,
                here=here,
                outbox=context.outbox,
            )
        )
        try:
            job = await asyncio.shield(claiming)
        except asyncio.CancelledError:
            await self._give_back(claiming)
            raise
        if job is None:
            return None
        if job.waited_s is not None:
            context.metrics.queue_wait_s.observe(job.waited_s)
        run, earlier = Run(context, self._placement, job), self._runs.get(job.job_id)
        self._runs[job.job_id] = run  # from now on it can be stopped
        return self._work(run, earlier)

    async def _give_back(self, claiming: "asyncio.Task[ClaimedJob | None]") -> None:
        """Release the job that is being claimed, as if it had not been started."""
        try:
            async with asyncio.timeout(GIVE_BACK_S):
                if (job := await claiming) is not None:
                    await job_queue.release(self._context.db, job)
        except Exception as error:  # it costs the job an attempt
            log.warning("claim not given back", error=repr(error))

    async def _work(self, run: Run, earlier: Run | None) -> None:
        """Run a job, once an earlier start of it, whose lease expired, has released its files."""
        job_id = run.job.job_id
        try:
            if earlier is not None:
                earlier.stop()
                await earlier.ended.wait()
            await run.run()
        finally:
            if self._runs[job_id] is run:
                del self._runs[job_id]

    async def _bury(self) -> None:
        context = self._context
        try:
            buried = await job_queue.bury_exhausted(
                context.db, context.config.lanes, context.outbox
            )
            context.metrics.jobs_ended.labels("failed", "server_error").inc(buried)
        except Exception:  # one job that cannot be announced must not block the others
            log.exception("exhausted jobs not failed")

    async def watch(self) -> None:
        """End the process once a stage hangs: its thread cannot be stopped, and its lane is lost.

        The job keeps its lease until that expires, so the attempt counts, even if the stage returns
        in the end; the others are released.
        """
        context = self._context
        while not self.liveness.fault:
            await asyncio.sleep(min(LOOK_S, context.config.lanes.stall_s / 4))
            for stalled in context.watch.stalled():
                self.liveness.fault = f"stage {stalled.stage} hangs"
                self._stalled.add(stalled.job_id)
                log.error(
                    "stage hangs, the process ends",
                    job_id=stalled.job_id,
                    stage=stalled.stage,
                    silent_s=round(stalled.silent_s, 1),
                    place=stalled.place,
                )
        self._end_process()
        await asyncio.Event().wait()  # a task that ends would count as dead

    async def hear(self) -> None:
        """Wake on notifications; never returns."""
        await notifications.hear(self._context.db.url, job_queue.CHANNEL, self._noticed)

    def _noticed(self, payload: str) -> None:
        word, _, job_id = payload.partition(" ")
        if word in ("canceled", "paused") and job_id in self._runs:
            self._runs[job_id].stop()
        self._loop.wake()

    async def warm(self, loading: Executor) -> None:
        """Load the models; while they cannot be had, try again after longer and longer pauses.

        End the process if a setting names weights that do not load: no pause would help.
        """
        engine, pause_s = self._context.engine, FIRST_WARM_RETRY_S
        while True:
            try:
                await asyncio.get_running_loop().run_in_executor(loading, engine.warm)
            except ModelMisconfigured as error:
                log.error("configured weights do not load, the process ends", reason=str(error))
                self._end_process(str(error))
                return
            except Exception as error:
                unexpected = not isinstance(error, ModelUnavailable)
                log.error(
                    "models failed to load, jobs stay queued",
                    reason=str(error),
                    retry_s=pause_s,
                    exc_info=unexpected,
                )
            else:
                log.info("models loaded")
                self.warmed.set()
                self._loop.wake()
                return
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, MAX_WARM_RETRY_S)

    async def finish(self, grace_s: float) -> None:
        """Stop every run, release its job unless it hangs, and wait for its threads."""
        for job_id, run in self._runs.items():
            run.stop(hand_on=job_id not in self._stalled)
        if late := await self._loop.drain(grace_s):
            log.warning("shutdown grace exceeded", jobs=len(late), grace_s=grace_s)


@asynccontextmanager
async def working(
    db: Database,
    engine: Engine,
    storage: Storage,
    config: Config,
    metrics: Metrics,
    *,
    files: SourceFiles,
    placement: Placement,
    end_process: EndProcess,
) -> AsyncIterator[Worker]:
    """Run a worker while the block runs; it calls `end_process` if only that helps."""
    threads = {
        "listen": 1,  # the recognizer
        "edit": config.lanes.encoders + 1,  # all of them: somebody waits for these
        "look": 1,  # in what time encoding leaves
        "encode": config.lanes.encoders,
        "write": 1,  # a language model may be slow
    }
    lanes = {name: Lane(name, count, NICE.get(name, NICENESS)) for name, count in threads.items()}
    loading = ThreadPoolExecutor(1, thread_name_prefix="load")  # a download must hold up no lane
    context = WorkerContext(
        db=db,
        engine=engine,
        storage=storage,
        config=config,
        outbox=Outbox(db, storage, config),
        lanes=lanes,
        watch=StageWatch(config.lanes.stall_s),
        metrics=metrics,
        files=files,
    )
    for name, count in threads.items():
        metrics.lane_threads.labels(name).set(count)
    worker = Worker(context, placement, end_process)
    await sweep_work(db, config.server.data_dir / "work")
    capacity = placement.capacity
    log.info("worker ready", jobs_at_once=capacity.jobs, encoders=capacity.encoders)
    try:
        async with (
            background(worker.warm(loading)),
            worker.liveness.running(worker.work(), worker.hear(), worker.watch()),
        ):
            yield worker
    finally:
        await worker.finish(config.server.shutdown_grace_s)
        loading.shutdown(wait=False, cancel_futures=True)
        for lane in lanes.values():
            lane.close()


async def sweep_work(db: Database, folder: Path) -> None:
    """Delete work folders that a killed process left, except those of claimed jobs."""
    live = await job_queue.live_jobs(db)

    def sweep() -> None:
        if folder.is_dir():
            for path in folder.iterdir():
                if path.name not in live:
                    shutil.rmtree(path, ignore_errors=True)

    await asyncio.to_thread(sweep)
