"""Claims jobs and keeps them running side by side; wakes by NOTIFY, and by a poll in case.

Three lanes: one thread listens (recognition), a small pool encodes, one thread writes. While one
job's clips are rendered the next job is listened to, and a slow language model holds up neither
lane (but each job that waits for it keeps its place among `jobs_at_once`).
"""

import asyncio
import shutil
from collections.abc import AsyncIterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path

import structlog

from klipfast_server.core.config import Config
from klipfast_server.core.engine import Engine
from klipfast_server.files.storage import Storage
from klipfast_server.store import job_queue, notifications
from klipfast_server.store.database import Database
from klipfast_server.telemetry.liveness import Liveness
from klipfast_server.telemetry.metrics import Metrics
from klipfast_server.webhooks.outbox import Outbox
from klipfast_server.work.job_run import Run, WorkerContext

log = structlog.get_logger()


class Worker:
    """The runs of this process."""

    def __init__(self, bench: WorkerContext) -> None:
        self._bench = bench
        self._runs: dict[str, tuple[Run, asyncio.Task[None]]] = {}
        self._wake = asyncio.Event()
        self.pulse = Liveness(bench.config.lanes.poll_s)

    async def work(self) -> None:
        """Claim whenever there may be something to claim; never returns."""
        lanes = self._bench.config.lanes
        while True:
            self._wake.clear()
            try:
                await self._claim_all()
                self.pulse.beat()
            except Exception as error:  # whatever it is, the next look may succeed
                log.warning("queue not readable", error=repr(error))
            # Not wait_for: on Python 3.11 it loses a cancel that comes together with a wake.
            with suppress(TimeoutError):
                async with asyncio.timeout(lanes.poll_s):
                    await self._wake.wait()

    async def _claim_all(self) -> None:
        bench = self._bench
        await self._bury()
        while len(self._runs) < bench.config.lanes.jobs_at_once:
            job = await job_queue.claim(bench.db, bench.config.lanes)
            if job is None:
                return
            run, before = Run(bench, job), self._runs.get(job.job_id)
            task = asyncio.create_task(_after(before, run))
            self._runs[job.job_id] = (run, task)
            task.add_done_callback(partial(self._ended, job.job_id))

    async def _bury(self) -> None:
        bench = self._bench
        try:
            buried = await job_queue.bury_exhausted(bench.db, bench.config.lanes, bench.outbox)
            bench.metrics.jobs_ended.labels("failed", "server_error").inc(buried)
        except Exception:  # one job that cannot be told of must not hold up the others
            log.exception("exhausted jobs not ended")

    def _ended(self, job_id: str, task: asyncio.Task[None]) -> None:
        if self._runs[job_id][1] is task:
            del self._runs[job_id]
        self._wake.set()

    async def hear(self) -> None:
        """Wake by notices; never returns."""
        await notifications.hear(self._bench.db.url, job_queue.CHANNEL, self._noticed)

    def _noticed(self, payload: str) -> None:
        word, _, job_id = payload.partition(" ")
        if word == "canceled" and job_id in self._runs:
            self._runs[job_id][0].stop()
        self._wake.set()

    async def finish(self, grace_s: float) -> None:
        """Stop every run, hand its job on, and wait for its threads."""
        tasks = [task for _, task in self._runs.values()]
        for run, _ in self._runs.values():
            run.stop(hand_on=True)
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=grace_s)
            if late:
                log.warning("stages did not end in time", jobs=len(late), grace_s=grace_s)


async def _after(before: tuple[Run, asyncio.Task[None]] | None, run: Run) -> None:
    """Work, once an earlier start of the same job, whose lease ran out, has let go of its files."""
    if before is not None:
        before[0].stop()
        await asyncio.wait((before[1],))
    await run.run()


@asynccontextmanager
async def working(
    db: Database, engine: Engine, storage: Storage, config: Config, metrics: Metrics
) -> AsyncIterator[Worker]:
    """A worker that works until the block is left."""
    listening = ThreadPoolExecutor(1, thread_name_prefix="listen")
    encoding = ThreadPoolExecutor(config.lanes.encoders, thread_name_prefix="encode")
    writing = ThreadPoolExecutor(1, thread_name_prefix="write")
    bench = WorkerContext(
        db=db,
        engine=engine,
        storage=storage,
        config=config,
        outbox=Outbox(db, storage, config),
        listening=listening,
        encoding=encoding,
        writing=writing,
        metrics=metrics,
    )
    metrics.lane_threads.labels("listen").set(1)
    metrics.lane_threads.labels("encode").set(config.lanes.encoders)
    metrics.lane_threads.labels("write").set(1)
    worker = Worker(bench)
    await sweep_work(db, config.server.data_dir / "work")
    warming = asyncio.create_task(warm(engine, listening))
    log.info("worker ready", jobs_at_once=config.lanes.jobs_at_once, encoders=config.lanes.encoders)
    try:
        async with worker.pulse.running(worker.work(), worker.hear()):
            yield worker
    finally:
        warming.cancel()
        await asyncio.gather(warming, return_exceptions=True)
        await worker.finish(config.server.shutdown_grace_s)
        listening.shutdown(wait=False, cancel_futures=True)
        encoding.shutdown(wait=False, cancel_futures=True)
        writing.shutdown(wait=False, cancel_futures=True)


async def warm(engine: Engine, listening: Executor) -> None:
    """Load the weights before the first job comes; jobs that come earlier wait in the lane."""
    try:
        await asyncio.get_running_loop().run_in_executor(listening, engine.warm)
        log.info("models ready")
    except Exception:  # jobs will try again, and fail with a reason if it is still so
        log.exception("models not ready")


async def sweep_work(db: Database, folder: Path) -> None:
    """Remove work folders that a killed process left, but none of a job that somebody holds."""
    live = await job_queue.live_jobs(db)

    def sweep() -> None:
        if folder.is_dir():
            for path in folder.iterdir():
                if path.name not in live:
                    shutil.rmtree(path, ignore_errors=True)

    await asyncio.to_thread(sweep)
