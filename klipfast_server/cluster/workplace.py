"""The workplace of one start of a job on the machines of a cluster: see work.placement.

The source of a job is in the bucket as an upload; one that was downloaded goes there once, under a
key of this start of the job, and leaves it when the stages have ended. Machines fetch it there, and
store finished clips there. A stage whose machine is lost is tried elsewhere; listening goes on
behind the last chunk that has arrived.
"""

import asyncio
import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog

from klipfast_server.cluster import messages
from klipfast_server.cluster.driver_link import USABLE, DriverLink, RemoteStage
from klipfast_server.cluster.frames import Failure, Lane, Lost, Told
from klipfast_server.cluster.messages import ClipRequest, Heard, ListenRequest, StoredFile
from klipfast_server.core.errors import KlipfastError
from klipfast_server.core.tasks import unless_stopped, wait_for_either
from klipfast_server.files import disposal
from klipfast_server.files.object_keys import prefix
from klipfast_server.files.storage import StorageError, link_or_copy
from klipfast_server.store import brands
from klipfast_server.store.queue import job_queue
from klipfast_server.store.queue.job_queue import StoredClip
from klipfast_server.work import clip_files, source_keeping
from klipfast_server.work.job_stages import Stages
from pipeline.core import errors
from pipeline.core.control import Control
from pipeline.core.data import Options, Shot, Source, Talk, TranscriptChunk
from pipeline.core.errors import Canceled, DiskFull, PipelineError, SourceError

log = structlog.get_logger()


class MachinesLost(KlipfastError):
    """Every machine that worked on a stage was lost."""

    status = 500
    code = "server_error"


class StageFailed(Exception):
    """A stage has failed on a machine in a way that nobody has foreseen; the text has the stack."""


class RemoteWorkplace:
    """See the module."""

    def __init__(self, link: DriverLink, stages: Stages, path: Path, sha256: bytes) -> None:
        self._link = link
        self._stages = stages
        self._path = path
        self._folder = f"{prefix(stages.job.job_id)}/source"
        key = f"{self._folder}/{stages.job.lease_owner}"  # unique to this start
        self._source = StoredFile(key=key, sha256=sha256.hex())
        self._sending = asyncio.Lock()
        self._is_sent = False
        self._is_there = False  # in the bucket, sent or as an upload
        self._talk: tuple[Talk, bytes] | None = None  # and its encoding

    @property
    def clips_at_once(self) -> int:
        """See Workplace: as many as encoders can be used now, at least one."""
        usable = (a.state in USABLE and a.lane == "encoder" for a in self._link.actors)
        return max(1, sum(usable))

    async def listen(
        self, source: Source, *, options: Options, control: Control
    ) -> tuple[Talk, float]:
        chunks = list(control.resume_from)

        def request() -> bytes:
            stage = self._stage(options)
            return messages.encode(ListenRequest(**stage, probed=source, resume_from=tuple(chunks)))

        body = await self._run("listen", "recogniser", request, control, chunks)
        talk, worked_s = await asyncio.to_thread(messages.decode, body, Heard)
        self._stages.context.metrics.stage_took("listen", worked_s)
        return dataclasses.replace(talk, source=source), worked_s

    async def make_clip(
        self,
        talk: Talk,
        ordinal: int,
        *,
        options: Options,
        control: Control,
        known: tuple[Shot, ...],
    ) -> StoredClip:
        stages, stem = self._stages, clip_files.stem_of(self._stages.job.job_id, ordinal)
        encoded = await self._encoded(talk)

        def request() -> bytes:
            return messages.encode(
                ClipRequest(
                    **self._stage(options), talk=encoded, ordinal=ordinal, known=known, stem=stem
                )
            )

        try:
            body = await self._run("clip", "encoder", request, control, [])
        except SourceError:
            raise  # before anything was stored
        except Exception:
            # As for a clip that is stored from here: none of its files, unless another has the job.
            if not stages.is_told and await job_queue.is_held(stages.context.db, stages.job):
                files = clip_files.possible_keys(stem)
                await disposal.discard(stages.context.db, stages.context.storage, *files)
            raise
        made: StoredClip = await asyncio.to_thread(messages.decode, body, StoredClip)
        stages.context.metrics.stage_took("clip", made.worked_s)
        return made

    def _stage(self, options: Options) -> dict[str, Any]:
        """Return the fields of a StageRequest; a machine has its own folder for the brand."""
        brand, files = options.brand, {}
        if brand is not None:
            options = dataclasses.replace(options, brand=brand.located(Path()))
            keys = {name: brands.key_of(brand.brand_id, name) for name in brand.files}
            files = {name: StoredFile(key=key, sha256="") for name, key in keys.items()}
        return {"source": self._source, "options": options, "brand": files}

    async def clear(self) -> None:
        """Delete the source from the bucket, and what starts that were killed have left."""
        if self._is_sent:
            context = self._stages.context
            is_held = await job_queue.is_held(context.db, self._stages.job)
            name = self._folder if is_held else self._source.key
            await disposal.discard(context.db, context.storage, name)

    async def _encoded(self, talk: Talk) -> bytes:
        if self._talk is None or self._talk[0] is not talk:
            self._talk = talk, await asyncio.to_thread(messages.encode, talk)
        return self._talk[1]

    async def _send_source(self) -> None:
        """Put the source into the bucket, unless that is done. Raises StorageError and Canceled."""
        async with self._sending:
            if self._is_there:
                return
            for upload_id in source_keeping.kept_by(self._stages.job):
                if (key := await self._stages.context.files.key_of(upload_id)) is not None:
                    self._source = StoredFile(key=key, sha256=self._source.sha256)
                    self._is_there = True
                    return
            copy = self._stages.work_dir / "source-to-send"
            await asyncio.to_thread(link_or_copy, self._path, copy)  # `put` takes it away
            self._is_sent = True  # from here on, there may be something to delete
            await self._stages.unless_told(self._stages.context.storage.put(copy, self._source.key))
            self._is_there = True

    async def _run(
        self,
        stage: str,
        lane: Lane,
        request: Callable[[], bytes],
        control: Control,
        chunks: list[TranscriptChunk],
    ) -> bytes:
        """Run a stage until a machine has ended it, and return what it made.

        `chunks` grows by what is transcribed. Raises what the stage raises; MachinesLost or what
        the last machine lacked, once lanes.attempts machines were lost.
        """
        await self._send_source()
        lost = 0
        while True:
            running = await self._started(lane, request)
            end = await self._end_of(stage, running, control, chunks)
            if isinstance(end, Told):
                if end.kind == "done":
                    return end.body
                raise _error(messages.decode(end.body, Failure))
            if self._stages.stopped.is_set():
                raise Canceled("The job was canceled.")
            lost += bool(end.machine)  # without one, it is the driver that is lost
            self._stages.context.metrics.stages_lost.labels(stage).inc()
            log.warning(
                "stage lost, tried elsewhere",
                stage=stage,
                machine=end.machine or None,
                reason=end.reason,
                cause=end.failure.message if end.failure else None,
                lost=lost,
            )
            attempts = self._stages.context.config.lanes.attempts
            if lost >= attempts:
                raise _lost_for_good(end, attempts)

    async def _started(self, lane: Lane, request: Callable[[], bytes]) -> RemoteStage:
        """Return a stage as soon as it may start. Raises Canceled."""
        try:
            return await unless_stopped(self._link.start(lane, request), self._stages.stopped)
        except asyncio.CancelledError:
            if not self._stages.stopped.is_set():
                raise
            raise Canceled("The job was canceled.") from None

    async def _end_of(
        self, stage: str, running: RemoteStage, control: Control, chunks: list[TranscriptChunk]
    ) -> Told | Lost:
        """Follow a stage to its end, which a stop hastens."""
        following = asyncio.create_task(_follow(stage, running, control, chunks))
        try:
            await wait_for_either(following, self._stages.stopped)
            if not following.done():
                self._link.cancel(running)
            return await following
        except asyncio.CancelledError:
            self._link.cancel(running)
            following.cancel()
            raise


async def _follow(
    stage: str, running: RemoteStage, control: Control, chunks: list[TranscriptChunk]
) -> Told | Lost:
    """Hand on what a stage tells, and return its end."""
    while True:
        event = await running.events.get()
        if isinstance(event, Lost) or event.kind in ("done", "failed"):
            return event
        if event.kind == "begun":
            log.info("stage begun", stage=stage, machine=event.machine)
        elif event.kind == "progress":
            progress: messages.Progress = messages.decode(event.body, messages.Progress)
            control.progress(progress.stage, progress.fraction)
        elif event.kind == "chunk":
            chunk: TranscriptChunk = await asyncio.to_thread(
                messages.decode, event.body, TranscriptChunk
            )
            chunks.append(chunk)
            control.on_chunk(chunk)


def _error(failure: Failure) -> Exception:
    """Return the error that a machine tells of."""
    if failure.kind == "StorageError":
        return StorageError(failure.message)
    kind: Any = getattr(errors, failure.kind, None) if failure.kind else None
    if not (isinstance(kind, type) and issubclass(kind, PipelineError)):
        return StageFailed(f"{failure.message}\n{failure.details}")
    return DiskFull() if kind is DiskFull else kind(failure.message)


def _lost_for_good(end: Lost, attempts: int) -> Exception:
    if end.failure and end.failure.kind:
        return _error(end.failure)
    return MachinesLost(
        f"The machines that worked on it stopped during all {attempts} attempts. "
        "Submit the job again."
    )
