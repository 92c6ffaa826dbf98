"""Runs one job from its source to its results: fetch, probe, listen, clips, texts."""

import asyncio
import dataclasses
import hashlib
import shutil
import threading
import time
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

import asyncpg
import structlog

from klipfast_server.core import identifiers
from klipfast_server.core.config import Config, Plan
from klipfast_server.core.engine import Engine
from klipfast_server.core.errors import Forbidden, KlipfastError, Unprocessable
from klipfast_server.core.tasks import background, unless_stopped, wait_for_either
from klipfast_server.files import disposal
from klipfast_server.files.object_keys import prefix
from klipfast_server.files.storage import Storage, StorageError
from klipfast_server.net import page_video
from klipfast_server.net.guarded_client import FetchError
from klipfast_server.schema.vocabulary import JobError, Reason
from klipfast_server.schema.webhooks import FailedClip
from klipfast_server.store import brands, faults, feedback, job_queue, uploads, usage
from klipfast_server.store import texts as stored_texts
from klipfast_server.store.database import Database
from klipfast_server.store.job_queue import ClaimedJob, ClipKeys, LeaseLost
from klipfast_server.telemetry.metrics import Metrics
from klipfast_server.webhooks.outbox import Outbox
from klipfast_server.work import source_keeping
from klipfast_server.work.progress import Progress
from klipfast_server.work.stage_watch import StageWatch
from pipeline.core.atomic import telling_full_disk
from pipeline.core.control import Check, Control
from pipeline.core.data import Source, Talk, TranscriptChunk
from pipeline.core.errors import Canceled, DiskFull, SourceError
from pipeline.core.texts import Texts

log = structlog.get_logger()

READ_BYTES = 1 << 22  # of the source at once, for hashing
UNHEARD_S = 1.0  # seconds; sound often ends a little before the picture
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerContext:
    """What every job of this process works with."""

    db: Database
    engine: Engine
    storage: Storage
    config: Config
    outbox: Outbox
    listening: Executor  # one thread: the recogniser
    encoding: Executor
    writing: Executor  # one thread of its own: a language model may be slow
    watch: StageWatch
    metrics: Metrics


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """The source of a job on this disk."""

    path: Path
    took_s: float | None  # seconds of the download; None: nothing was downloaded
    title: str = ""  # that a web page gives it


class Run:
    """The run of a claimed job."""

    def __init__(self, context: WorkerContext, job: ClaimedJob) -> None:
        self.job = job
        self._context = context
        self._options = job.request
        self._cancel = threading.Event()  # for threads
        self._stopped = asyncio.Event()  # the same, for the loop
        self._told = asyncio.Event()  # the stop came from outside
        self.ended = asyncio.Event()
        self._handing_on = False
        self._work_dir = context.config.server.data_dir / "work" / job.job_id
        self._progress = Progress(self._cancel, only_writes=job.rewrite_of is not None)

    def stop(self, *, hand_on: bool = False) -> None:
        """Stop every stage soon; with `hand_on` the job is released for another start to resume."""
        self._handing_on = self._handing_on or hand_on
        self._give_up()
        self._told.set()

    def _give_up(self) -> None:
        """Stop the stages; what they have finished is stored, for another start to use."""
        self._cancel.set()
        self._stopped.set()

    @property
    def _plan(self) -> Plan:
        plan = self._context.config.plans.get(self.job.plan)
        if plan is None:
            raise Forbidden(
                f"The account's plan, {self.job.plan}, is no longer offered; "
                "submit the video again once the account has another plan."
            )
        return plan

    async def run(self) -> None:
        """Run until the job has ended, is released, or is another worker's. Raises nothing."""
        structlog.contextvars.bind_contextvars(job_id=self.job.job_id)
        log.info("job started", attempt=self.job.attempts, plan=self.job.plan)
        try:
            async with background(self._watch()):
                await self._make_or_record_failure()
        except Exception:
            # Nothing could be recorded: the lease runs out and the job is started again.
            log.exception("outcome not recorded, lease will expire")
        finally:
            self._give_up()  # a heartbeat that failed leaves stages behind
            await asyncio.to_thread(shutil.rmtree, self._work_dir, ignore_errors=True)
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
        if self.job.rewrite_of is not None:
            await self._rewrite(self.job.rewrite_of)
            return
        await asyncio.to_thread(_fresh_folder, self._work_dir)
        # A retried job makes the same files again; an old deletion must not take the new ones.
        await disposal.clear(self._context.db, self._context.storage, prefix(self.job.job_id))
        limit_s = self._plan.max_source_minutes * 60.0  # before anything is fetched for a lost plan
        await self._fetch_brand()
        fetched = await self._fetch()
        source = await self._probe(fetched, limit_s)
        sha256 = await self._digest(fetched.path)
        talk = await self._listen(source, sha256)
        whole_s = usage.counted_s(source.duration_s, self._options.range) or 0.0
        heard_s = usage.heard_s(talk.transcript, self._options.range)
        if heard_s < whole_s - UNHEARD_S:
            await job_queue.count_only(
                self._context.db, self.job, heard_s, unheard_s=whole_s - heard_s
            )
        made = await self._clips(talk)
        written = await self._write(talk)
        await source_keeping.keep(
            self._context.db,
            self._context.config,
            self.job,
            path=fetched.path,
            sha256=sha256,
            info=uploads.source_info(source),
        )
        await self._finish(*written)
        if self.job.is_charged:
            self._context.metrics.source_s.inc(min(whole_s, heard_s))
        log.info("job completed", clips=made)

    async def _rewrite(self, job_id: str) -> None:
        """Write one text of another job again; a talk without anything to write keeps its text."""
        talk = await job_queue.get_talk(self._context.db, job_id)
        if talk is None:  # deleted this very moment
            raise LeaseLost
        texts, wrote_s = await self._write(talk)
        [kind] = self._options.text_outputs
        if not texts.text(kind):
            reasons = [d.reason for d in texts.documents if d.kind == kind and d.reason]
            raise Unprocessable((reasons or [stored_texts.NOTHING])[0], reason="nothing_to_write")
        await self._finish(texts, wrote_s)
        log.info("text written again", kind=kind, of=job_id)

    async def _write(self, talk: Talk) -> tuple[Texts, float]:
        """Return the requested texts, and the seconds that writing took."""
        return await self._in(
            "write",
            self._context.engine.write_texts,
            talk,
            options=self._options,
            control=self._progress.control(),
        )

    async def _finish(self, texts: Texts, wrote_s: float) -> None:
        context = self._context
        await job_queue.finish(
            context.db, context.config, self.job, texts, wrote_s=wrote_s, outbox=context.outbox
        )
        context.metrics.jobs_ended.labels("completed", "").inc()

    async def _fetch(self) -> Fetched:
        kept = await asyncio.to_thread(source_keeping.path_of, self._context.config, self.job)
        if kept is not None:
            return Fetched(path=kept, took_s=None)
        if self.job.video_url.startswith(uploads.UPLOAD):
            raise FetchError("The upload has expired; submit the file again.")
        path, began = self._work_dir / "source", time.monotonic()
        tell = partial(self._progress.tell, "fetch")
        with self._context.metrics.stage("fetch"):
            title = await self._unless_told(
                page_video.fetch(
                    self.job.video_url, path, sources=self._context.config.sources, progress=tell
                )
            )
        return Fetched(path=path, took_s=time.monotonic() - began, title=title)

    async def _fetch_brand(self) -> None:
        """Copy the files of the brand into the work folder, first: without them nothing is made.

        Raises Unprocessable where one was deleted after the job had ended, and it is run again.
        """
        brand = self._options.brand
        if brand is None:
            return
        folder = self._work_dir / "brand"
        await asyncio.to_thread(folder.mkdir)
        for name in brand.files:
            key = brands.key_of(brand.brand_id, name)
            try:
                await self._unless_told(self._context.storage.fetch(key, folder / name))
            except FileNotFoundError:
                raise Unprocessable(
                    f"The brand {brand.brand_id} no longer has the {name.partition('-')[0]} that "
                    "it had when this job was submitted; submit the video again."
                ) from None
        self._options = dataclasses.replace(self._options, brand=brand.located(folder))

    async def _probe(self, fetched: Fetched, limit_s: float) -> Source:
        self._progress.tell("probe", 0.0)
        with self._context.metrics.stage("probe"):
            watched = self._context.watch.stage(self.job.job_id, "probe")
            source = await asyncio.to_thread(
                watched.run, self._context.engine.probe, fetched.path, max_duration_s=limit_s
            )
        info = uploads.source_info(source)
        await job_queue.set_source(
            self._context.db, self.job, info, fetched_s=fetched.took_s, title=fetched.title
        )
        await job_queue.check_minutes(self._context.db, self._context.config, self.job)
        return source

    async def _listen(self, source: Source, sha256: bytes) -> Talk:
        """Return the stored talk of an earlier start if the source is the same; else transcribe."""
        talk = await job_queue.get_talk(self._context.db, self.job.job_id)
        if talk is not None:
            known = await job_queue.talk_source(self._context.db, self.job.job_id)
            if known in (sha256, None):
                return await self._described(dataclasses.replace(talk, source=source))
            if (first := self.job.rerender_of or self.job.span_of or self.job.reel_of) is not None:
                raise Unprocessable(
                    f"The source has changed since {first} was made from it; "
                    "submit it as a new job.",
                    reason="source_changed",
                )
            await self._forget_clips()
        storing: list[asyncio.Task[None]] = []
        kept = await job_queue.get_heard(self._context.db, self.job.job_id)
        control = self._progress.control(
            resume_from=kept,
            on_chunk=lambda part: storing.append(asyncio.create_task(self._keep(part))),
        )
        lessons = await feedback.lessons(
            self._context.db, self.job.account_id, self._context.config.learning
        )
        try:
            heard, listened_s = await self._in(
                "listen",
                self._context.engine.listen,
                source.path,
                options=self._options,
                work_dir=self._work_dir,
                control=control,
                taste=lessons.taste,
            )
        finally:
            await asyncio.gather(*storing)
        await job_queue.put_talk(
            self._context.db, self.job, heard, source_sha256=sha256, listened_s=listened_s
        )
        return heard

    async def _described(self, talk: Talk) -> Talk:
        """Return the talk; what a person chose is joined, scored and titled, once."""
        if (self.job.span_of or self.job.reel_of) is None or talk.highlights[0].reason:
            return talk
        engine, [wanted] = self._context.engine, talk.highlights
        is_reel = self.job.reel_of is not None
        highlight, _ = await self._in(
            "listen",
            engine.join_moments if is_reel else engine.describe,
            talk,
            [moment.highlight for moment in talk.candidates] if is_reel else wanted,
            options=self._options,
            control=self._progress.control(),
        )
        highlight = dataclasses.replace(highlight, title=wanted.title or highlight.title)
        talk = dataclasses.replace(talk, highlights=(highlight,), candidates=())
        await job_queue.put_description(self._context.db, self.job, talk)
        return talk

    async def _digest(self, path: Path) -> bytes:
        """Return the SHA-256 of the source; a second for each gigabyte or two. Raises Canceled."""
        watched = self._context.watch.stage(self.job.job_id, "probe")
        control = dataclasses.replace(self._progress.control(), on_check=watched.beat)
        return await asyncio.to_thread(watched.run, _digest, path, control.check)

    async def _keep(self, part: TranscriptChunk) -> None:
        """Store a chunk; a failure costs a later start its time, and this one nothing."""
        try:
            await job_queue.put_heard(self._context.db, self.job, part)
        except LeaseLost:
            self.stop()
        except (faults.Away, asyncpg.PostgresError) as error:
            log.warning("chunk not stored", first=part.first, error=repr(error))

    async def _forget_clips(self) -> None:
        """Delete the clips of an earlier start: the URL now leads to another file."""
        log.warning("source changed between attempts")
        context, files = self._context, prefix(self.job.job_id)
        await job_queue.drop_clips(context.db, self.job, files)
        await disposal.clear(context.db, context.storage, files)

    async def _clips(self, talk: Talk) -> int:
        """Render all clips that are missing; the number there are in the end.

        All are submitted to the lane at once. The first error ends them all, except a SourceError:
        it costs its own clip, and is raised only if no clip could be rendered.
        """
        done = await job_queue.clip_ordinals(self._context.db, self.job.job_id)
        self._progress.expect_clips(len(talk.highlights), done)
        tasks = [
            asyncio.create_task(self._clip_or_fault(talk, ordinal))
            for ordinal in range(len(talk.highlights))
            if ordinal not in done
        ]
        if not tasks:
            return len(done)
        _, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        if pending:
            self._give_up()  # threads cannot be killed, only signaled
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        faults = [end for end in ends if isinstance(end, SourceError)]
        errors = [end for end in ends if end is not None and not isinstance(end, SourceError)]
        if errors:  # the cause first, then those canceled because of it
            raise min(errors, key=lambda error: isinstance(error, Canceled))
        if len(faults) == len(talk.highlights):
            raise faults[0]
        return len(talk.highlights) - len(faults)

    async def _clip_or_fault(self, talk: Talk, ordinal: int) -> SourceError | None:
        try:
            await self._clip(talk, ordinal)
        except SourceError as fault:
            log.warning("clip skipped", ordinal=ordinal, reason=str(fault))
            highlight = talk.highlights[ordinal]
            failed = FailedClip(
                job_id=self.job.job_id,
                clip_id=identifiers.clip_id(self.job.job_id, ordinal),
                title=highlight.title,
                start_seconds=round(highlight.start_s, 3),
                end_seconds=round(highlight.end_s, 3),
                error=JobError(
                    code="unprocessable", message=str(fault), reason=cast(Reason, fault.reason)
                ),
            )
            await job_queue.note_failed_clip(
                self._context.db, self.job, failed, outbox=self._context.outbox
            )
            self._progress.tell("render", 1.0, ordinal)
            return fault
        return None

    async def _clip(self, talk: Talk, ordinal: int) -> None:
        clip, encoded_s = await self._in(
            "clip",
            self._context.engine.make_clip,
            talk,
            talk.highlights[ordinal],
            options=self._options,
            stem=self._work_dir / f"clip{ordinal}",
            control=self._progress.control(ordinal),
        )
        clip_id = identifiers.clip_id(self.job.job_id, ordinal)
        stem = f"{prefix(self.job.job_id)}/{clip_id}"
        pictures = {
            f"{stem}.jpg" if n == 1 else f"{stem}.{n}.jpg": path
            for n, path in enumerate(clip.thumbnails, 1)
        }
        keys = ClipKeys(
            video=f"{stem}.mp4",
            pictures=tuple(pictures),
            clean=f"{stem}.clean.mp4" if clip.clean else None,
            layer=f"{stem}.layer.mov" if clip.layer else None,
        )
        further = {keys.clean: clip.clean, keys.layer: clip.layer}
        files = {keys.video: clip.path, **pictures}
        files |= {key: path for key, path in further.items() if key and path}
        size_bytes = sum(path.stat().st_size for path in files.values())
        await self._store(files)
        await job_queue.add_clip(
            self._context.db,
            self.job,
            ordinal,
            talk=talk,
            clip=clip,
            keys=keys,
            size_bytes=size_bytes,
            retention_days=self._plan.retention_days,
            encoded_s=encoded_s,
            outbox=self._context.outbox,
        )
        self._context.metrics.clips.inc()
        log.info("clip rendered", ordinal=ordinal, clip_id=clip_id, encoder=clip.encoder)

    async def _store(self, files: Mapping[str, Path]) -> None:
        """Store all files of a clip, or none of them: they are found by its row only.

        What a run that was stopped leaves is not deleted here. The next run, which may be another
        worker's and have begun, stores the same files; those of a canceled job go with the job.
        """
        storage = self._context.storage
        try:
            for key, path in files.items():
                await self._unless_told(storage.put(path, key))
        except Exception:
            if not self._told.is_set() and await job_queue.is_held(self._context.db, self.job):
                await disposal.discard(self._context.db, storage, *files)
            raise

    async def _in(
        self, stage: str, call: Callable[..., Result], *args: Any, control: Control, **kw: Any
    ) -> tuple[Result, float]:
        """Run a blocking stage in its lane; (result, seconds it worked).

        A stage that waits for its turn ends at once when stopped. A stage that has begun is
        awaited: it checks its control and ends soon.
        """
        context = self._context
        watched = context.watch.stage(self.job.job_id, stage)
        control = dataclasses.replace(control, on_check=watched.beat)
        work = partial(_timed, watched.run, call, *args, control=control, **kw)
        name, lane = {
            "clip": ("encode", context.encoding),
            "write": ("write", context.writing),
        }.get(stage, ("listen", context.listening))
        turn = lane.submit(context.metrics.in_lane, name, stage, work)
        ended = asyncio.wrap_future(turn)
        await wait_for_either(ended, self._stopped)
        if self._stopped.is_set() and turn.cancel():
            raise Canceled("The job was canceled.")
        return await ended

    async def _unless_told(self, work: Coroutine[Any, Any, Result]) -> Result:
        try:
            return await unless_stopped(work, self._told)
        except asyncio.CancelledError:
            if not self._told.is_set():
                raise
            raise Canceled("The job was canceled.") from None

    async def _watch(self) -> None:
        """Report progress, which renews the lease; stop when the lease is lost."""
        lanes, context = self._context.config.lanes, self._context
        last_written, written_at = ("", -1.0), time.monotonic()
        while True:
            await asyncio.sleep(min(lanes.progress_s, lanes.lease_s / 3))
            now, state = time.monotonic(), (self._progress.stage, self._progress.value)
            if state == last_written and now - written_at < lanes.lease_s / 3:
                continue
            try:
                await job_queue.set_progress(
                    context.db,
                    self.job,
                    stage=state[0],
                    progress=state[1],
                    lease_s=lanes.lease_s,
                )
                last_written, written_at = state, now
            except LeaseLost:
                self.stop()
                return
            except (*faults.LOST, asyncpg.PostgresError, OSError) as error:
                log.warning("heartbeat failed", error=str(error))
                if now - written_at > lanes.lease_s:
                    # Another may have it by now; if not, this start does not count as failed.
                    self.stop(hand_on=True)
                    return

    async def _fail(self, code: str, message: str, reason: str | None = None) -> None:
        context = self._context
        try:
            await job_queue.fail(
                context.db, self.job, code, message, reason=reason, outbox=context.outbox
            )
            context.metrics.jobs_ended.labels("failed", code).inc()
            log.info("job failed", code=code, reason=reason, message=message)
        except LeaseLost:
            await self._let_go()

    async def _let_go(self) -> None:
        if await job_queue.status(self._context.db, self.job.job_id) in ("canceled", None):
            await disposal.discard(self._context.db, self._context.storage, prefix(self.job.job_id))
            log.info("job canceled", stage=self._progress.stage)
        elif self._handing_on:
            await job_queue.release(self._context.db, self.job)
            log.info("job released", stage=self._progress.stage)
        else:
            log.warning("lease lost", stage=self._progress.stage)


def _timed(call: Callable[..., Result], *args: Any, **kw: Any) -> tuple[Result, float]:
    began = time.monotonic()
    result = call(*args, **kw)
    return result, time.monotonic() - began


def _digest(path: Path, check: Check) -> bytes:
    digest = hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        while chunk := file.read(READ_BYTES):
            check()
            digest.update(chunk)
    return digest.digest()


def _fresh_folder(path: Path) -> None:
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
