"""Runs one job from its source to its results: fetch, probe, listen, then clips beside texts.

What the stages do is in the modules that are named after them; here is their order, and how a job
ends.
"""

import asyncio
import dataclasses
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog

from klipfast_server.core.errors import KlipfastError, NotFound, Unprocessable
from klipfast_server.core.tasks import background
from klipfast_server.files import disposal
from klipfast_server.files.object_keys import prefix
from klipfast_server.files.storage import StorageError
from klipfast_server.net.guarded_client import FetchError
from klipfast_server.store import faults, usage
from klipfast_server.store import texts as stored_texts
from klipfast_server.store.intake import uploads
from klipfast_server.store.queue import heard_talks, job_queue
from klipfast_server.store.queue.job_queue import ClaimedJob, LeaseLost
from klipfast_server.work import (
    clip_stage,
    heartbeat,
    source_keeping,
    source_stage,
    talk_stage,
)
from klipfast_server.work.job_stages import Stages
from klipfast_server.work.placement import Placement
from klipfast_server.work.worker_context import WorkerContext
from pipeline.core.atomic import telling_full_disk
from pipeline.core.data import Talk
from pipeline.core.errors import Canceled, DiskFull, SourceError
from pipeline.core.texts import Texts

log = structlog.get_logger()

UNHEARD_S = 1.0  # seconds; sound often ends a little before the picture


class Run:
    """The run of a claimed job."""

    def __init__(self, context: WorkerContext, placement: Placement, job: ClaimedJob) -> None:
        self.job = job
        self._placement = placement
        self._options = job.request
        self._stages = Stages(context, job)
        self.ended = asyncio.Event()
        self._handing_on = False

    def stop(self, *, hand_on: bool = False) -> None:
        """Stop every stage soon; with `hand_on` the job is released for another start to resume."""
        self._handing_on = self._handing_on or hand_on
        self._stages.stop()

    async def run(self) -> None:
        """Run until the job has ended, is released, or is another worker's. Raises nothing."""
        structlog.contextvars.bind_contextvars(job_id=self.job.job_id)
        log.info("job started", attempt=self.job.attempts, plan=self.job.plan)
        try:
            async with background(heartbeat.beat(self._stages, lambda: self.stop(hand_on=True))):
                await self._make_or_record_failure()
        except Exception:
            # Nothing could be recorded: the lease runs out and the job is started again.
            log.exception("outcome not recorded, lease will expire")
        finally:
            self._stages.end_threads()  # a heartbeat that failed leaves stages behind
            await asyncio.to_thread(shutil.rmtree, self._stages.work_dir, ignore_errors=True)
            self.ended.set()

    async def _make_or_record_failure(self) -> None:
        try:
            with telling_full_disk():
                await self._make()
        except (Canceled, LeaseLost):
            await self._let_go()
        except FetchError as error:
            await self._fail("unprocessable", str(error), "unreachable")
        except SourceError as error:
            await self._fail("unprocessable", str(error), error.reason)
        except KlipfastError as error:
            reason = error.extra.get("reason")
            await self._fail(error.code, error.message, None if reason is None else str(reason))
        except (DiskFull, StorageError) as error:
            log.warning("job fails", error=repr(error.__cause__ or error))
            await self._fail("server_error", str(error))
        except faults.Away:
            raise
        except Exception:
            log.exception("job failed")
            await self._fail(
                "server_error",
                f"Internal server error. Quote {self.job.job_id} when reporting it.",
            )

    async def _make(self) -> None:
        stages, context, job = self._stages, self._stages.context, self.job
        if job.rewrite_of is not None:
            await self._rewrite(job.rewrite_of)
            return
        await asyncio.to_thread(_fresh_folder, stages.work_dir)
        # A retried job makes the same files again; an old deletion must not take the new ones.
        await disposal.clear(context.db, context.storage, prefix(job.job_id))
        # Before anything is fetched for a plan that is offered no more.
        limit_s = stages.plan.max_source_minutes * 60.0
        self._options = options = await source_stage.with_brand(stages, self._options)
        fetched = await source_stage.fetch(stages)
        options = dataclasses.replace(options, replayed=fetched.page.replayed)
        sha256 = await source_stage.digest(stages, fetched.path)
        talk = await talk_stage.heard_before(stages, fetched.path, sha256)
        source = talk.source if talk else await source_stage.probe(stages, fetched, limit_s)
        async with self._placement.opened(stages, fetched.path, sha256) as workplace:
            if talk is None:
                talk = await talk_stage.listen(stages, workplace, source, options, sha256)
            else:
                talk = await talk_stage.described(stages, options, talk)
            whole_s = usage.counted_s(source.duration_s, options.range) or 0.0
            heard_s = usage.heard_s(talk.transcript, options.range)
            # What is made of a talk has heard what that has, perhaps only its range.
            if job.is_charged and heard_s < whole_s - UNHEARD_S:
                await job_queue.count_only(context.db, job, heard_s, unheard_s=whole_s - heard_s)
            async with self._writing(talk) as writing:
                made = await clip_stage.render(stages, workplace, options, talk)
        stages.progress.end_clips()
        written = await writing
        await source_keeping.keep(
            context.db,
            context.config,
            job,
            path=fetched.path,
            sha256=sha256,
            info=uploads.source_info(source),
        )
        context.files.added()
        await self._finish(*written)
        if job.is_charged:
            context.metrics.source_s.inc(min(whole_s, heard_s))
        log.info("job completed", clips=made)

    async def _rewrite(self, job_id: str) -> None:
        """Write one text of another job again; a talk without anything to write keeps its text."""
        talk = await heard_talks.get_talk(self._stages.context.db, job_id)
        if talk is None:  # its transcript, or all of it, went this very moment
            raise NotFound(f"There is no transcript of {job_id} any more.")
        texts, wrote_s = await self._write(talk)
        [kind] = self._options.text_outputs
        if not texts.text(kind):
            reasons = [d.reason for d in texts.documents if d.kind == kind and d.reason]
            raise Unprocessable((reasons or [stored_texts.NOTHING])[0], reason="nothing_to_write")
        await self._finish(texts, wrote_s)
        log.info("text written again", kind=kind, of=job_id)

    @asynccontextmanager
    async def _writing(self, talk: Talk) -> AsyncIterator[asyncio.Task[tuple[Texts, float]]]:
        """Write the requested texts while the block makes clips; stop if the block raises."""
        writing = asyncio.create_task(self._write(talk))
        try:
            yield writing
        except BaseException:
            self._stages.end_threads()
            await asyncio.gather(writing, return_exceptions=True)
            raise

    async def _write(self, talk: Talk) -> tuple[Texts, float]:
        """Return the requested texts, and the seconds that writing took."""
        if not self._options.text_outputs:
            return Texts(), 0.0
        return await self._stages.in_lane(
            "write",
            self._stages.context.engine.write_texts,
            talk,
            options=self._options,
            control=self._stages.progress.control(),
        )

    async def _finish(self, texts: Texts, wrote_s: float) -> None:
        context = self._stages.context
        await job_queue.finish(
            context.db, context.config, self.job, texts, wrote_s=wrote_s, outbox=context.outbox
        )
        context.metrics.jobs_ended.labels("completed", "").inc()

    async def _fail(self, code: str, message: str, reason: str | None = None) -> None:
        context = self._stages.context
        try:
            await job_queue.fail(
                context.db, self.job, code, message, reason=reason, outbox=context.outbox
            )
            context.metrics.jobs_ended.labels("failed", code).inc()
            log.info("job failed", code=code, reason=reason, message=message)
        except LeaseLost:
            await self._let_go()

    async def _let_go(self) -> None:
        status = await job_queue.status(self._stages.context.db, self.job.job_id)
        if status in ("canceled", None):
            await disposal.discard(
                self._stages.context.db, self._stages.context.storage, prefix(self.job.job_id)
            )
            log.info("job canceled", stage=self._stages.progress.stage)
        elif self._handing_on:
            await job_queue.release(self._stages.context.db, self.job)
            log.info("job released", stage=self._stages.progress.stage)
        elif status == "queued":
            log.info("job paused", stage=self._stages.progress.stage)
        else:
            log.warning("lease lost", stage=self._stages.progress.stage)


def _fresh_folder(path: Path) -> None:
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
