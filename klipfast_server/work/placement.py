"""Where the two long stages of a job run: listening, and making each clip.

`Here` is this process, in its lanes. `klipfast_server.cluster` has another placement, on other
machines. Whatever else a job does, it does here in either case.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from klipfast_server.core.config import Lanes
from klipfast_server.files import disposal
from klipfast_server.store.estimates.estimate import Capacity
from klipfast_server.store.queue import job_queue
from klipfast_server.store.queue.job_queue import StoredClip
from klipfast_server.work import clip_files
from klipfast_server.work.job_stages import Stages
from pipeline.core.control import Control
from pipeline.core.data import Options, Shot, Source, Talk


class Workplace(Protocol):
    """Where the stages of one start of a job run; its source is within reach there."""

    @property
    def clips_at_once(self) -> int:
        """Return how many clips are rendered side by side there, of all jobs."""

    async def listen(
        self, source: Source, *, options: Options, control: Control
    ) -> tuple[Talk, float]:
        """Return the talk, and the seconds of work. Raises as `Engine.listen`, and StorageError."""

    async def make_clip(
        self,
        talk: Talk,
        ordinal: int,
        *,
        options: Options,
        control: Control,
        known: tuple[Shot, ...],
    ) -> StoredClip:
        """Render the clip of a highlight and store its files, all or none.

        Raises as `Engine.make_clip`, and StorageError.
        """


class Placement(Protocol):
    """Opens workplaces."""

    @property
    def capacity(self) -> Capacity:
        """Return what can run side by side now."""

    @property
    def fault(self) -> str:
        """Return why no job can run now, for the administrator; empty if one can."""

    def opened(
        self, stages: Stages, path: Path, sha256: bytes
    ) -> AbstractAsyncContextManager[Workplace]:
        """Open a workplace for the source at `path`; `sha256` is of the whole file."""


class Here:
    """This process: one thread listens, one looks at the next clip, a few encode."""

    fault = ""

    def __init__(self, lanes: Lanes) -> None:
        self.capacity = Capacity(listeners=1, encoders=lanes.encoders, jobs=lanes.jobs_at_once)
        self._clips_at_once = lanes.encoders
        # As many as are encoded, and the next: to look further ahead would only delay those.
        # Edits have places of their own and wait for nobody else's clips.
        self._clips = asyncio.Semaphore(lanes.encoders + 1)
        self._edits = asyncio.Semaphore(lanes.encoders + 1)

    @asynccontextmanager
    async def opened(
        self,
        stages: Stages,
        path: Path,
        sha256: bytes,  # noqa: ARG002 - it goes nowhere
    ) -> AsyncIterator[Workplace]:
        """Work on the file where it is."""
        yield _WorkplaceHere(
            stages=stages,
            path=path,
            clips=self._edits if stages.job.is_edit else self._clips,
            clips_at_once=self._clips_at_once,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _WorkplaceHere:
    stages: Stages
    path: Path
    clips: asyncio.Semaphore  # one place for each clip that is worked on
    clips_at_once: int

    async def listen(
        self, source: Source, *, options: Options, control: Control
    ) -> tuple[Talk, float]:
        return await self.stages.in_lane(
            "listen",
            self.stages.context.engine.listen,
            source,
            options=options,
            work_dir=self.stages.work_dir,
            control=control,
        )

    async def make_clip(
        self,
        talk: Talk,
        ordinal: int,
        *,
        options: Options,
        control: Control,
        known: tuple[Shot, ...],
    ) -> StoredClip:
        stages, highlight = self.stages, talk.highlights[ordinal]
        engine = stages.context.engine
        async with stages.place(self.clips):
            view, _ = await stages.in_lane(
                "look",
                engine.look_at,
                talk,
                highlight,
                options=options,
                control=control,
                known=known,
            )
            clip, worked_s = await stages.in_lane(
                "clip",
                engine.make_clip,
                talk,
                highlight,
                options=options,
                stem=stages.work_dir / f"clip{ordinal}",
                control=control,
                view=view,
            )
        keys, files = clip_files.files_of(clip_files.stem_of(stages.job.job_id, ordinal), clip)
        size_bytes = sum(path.stat().st_size for path in files.values())
        await _store(stages, files)
        return StoredClip(clip=clip, keys=keys, size_bytes=size_bytes, worked_s=worked_s)


async def _store(stages: Stages, files: Mapping[str, Path]) -> None:
    """Store all files of a clip, or none of them: they are found by its row only.

    What a run that was stopped leaves is not deleted here. The next run, which may be another
    worker's and have begun, stores the same files; those of a canceled job go with the job.
    """
    storage = stages.context.storage
    try:
        for key, path in files.items():
            await stages.unless_told(storage.put(path, key))
    except Exception:
        if not stages.is_told and await job_queue.is_held(stages.context.db, stages.job):
            await disposal.discard(stages.context.db, storage, *files)
        raise
