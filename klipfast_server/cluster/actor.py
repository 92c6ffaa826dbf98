"""A recognizer or an encoder: the engine of one machine, which runs one stage at a time.

It is an asynchronous actor of Ray: the stage works in a thread beside its event loop, so that it
can always be told to stop. It takes its source from the bucket and stores clips there.
"""

import asyncio
import dataclasses
import importlib
import shutil
import tempfile
import threading
import traceback
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from klipfast_server.cluster import messages
from klipfast_server.cluster.frames import Failure
from klipfast_server.cluster.machine_folders import claim, make_fresh, own_folder
from klipfast_server.cluster.messages import (
    ClipRequest,
    ListenRequest,
    MachineSettings,
    Request,
    StoredFile,
)
from klipfast_server.cluster.source_cache import SourceCache
from klipfast_server.cluster.stage_reports import Event, StageReports
from klipfast_server.core.engine import Engine
from klipfast_server.core.tasks import unless_stopped
from klipfast_server.core.threads import lane
from klipfast_server.files import s3
from klipfast_server.files.s3 import S3Storage
from klipfast_server.files.storage import StorageError
from klipfast_server.store.queue.job_queue import StoredClip
from klipfast_server.work import clip_files
from klipfast_server.work.job_stages import timed
from pipeline.captions.styles.style import BrokenStyle, add_styles
from pipeline.core.data import Options, Talk
from pipeline.core.errors import Canceled, DiskFull, ModelUnavailable, PipelineError

Result = TypeVar("Result")


class StageActor:
    """One actor."""

    def __init__(self, lane_name: str) -> None:
        self._lane_name = lane_name
        self._thread = lane(lane_name, 1)
        self._cancel = threading.Event()
        self._stopped = asyncio.Event()
        self._open = AsyncExitStack()  # for as long as the process lasts
        self._engine: Engine
        self._storage: S3Storage
        self._folder: Path
        self._cache: SourceCache

    async def fingerprint(self) -> str:
        """Return what this machine runs, see messages.fingerprint."""
        return messages.fingerprint()

    async def prepare(self, settings: bytes) -> str:
        """Load the weights and reach the bucket; return what is wrong, or nothing."""
        given: MachineSettings = messages.decode(settings, MachineSettings)
        try:
            await self._prepare(given)
        except (ModelUnavailable, StorageError, BrokenStyle, OSError) as error:
            return _in_words(error)
        return ""

    async def _prepare(self, given: MachineSettings) -> None:
        if given.styles_dir:
            await asyncio.to_thread(add_styles, Path(given.styles_dir))
        above = Path(given.cache_dir or Path(tempfile.gettempdir()) / "klipfast-cluster")
        await asyncio.to_thread(claim, above)
        self._folder = await asyncio.to_thread(own_folder, above / "stages")
        self._storage = await self._open.enter_async_context(s3.connected(given.s3))
        self._cache = SourceCache(above / "sources", given.cache_bytes, self._storage.fetch)
        module, _, name = given.engine.partition(":")
        make = getattr(await asyncio.to_thread(importlib.import_module, module), name)
        loop = asyncio.get_running_loop()
        self._engine = await loop.run_in_executor(self._thread, make, given.models, given.llm)
        if self._lane_name == "recogniser":  # what an encoder needs comes with the package
            await loop.run_in_executor(self._thread, self._engine.warm)
        await self._storage.reach()

    async def reach(self) -> str:
        """Try the bucket; return what is wrong, or nothing."""
        try:
            await self._storage.reach()
        except StorageError as error:
            return _in_words(error)
        return ""

    async def stop(self) -> None:
        """Stop the stage that runs, soon."""
        self._cancel.set()
        self._stopped.set()

    async def run(self, request: bytes) -> AsyncIterator[Event]:
        """Run a stage and yield what it tells.

        The first is `begun`, before anything of the stage is touched; the last is `done`, `failed`
        or `unfit`.
        """
        self._cancel, self._stopped = threading.Event(), asyncio.Event()
        yield "begun", b""
        reports = StageReports(self._cancel)
        work = asyncio.create_task(self._end_of(request, reports))
        work.add_done_callback(lambda _: reports.wake())
        while not work.done() or reports.waiting:
            async for event in reports.taken():
                yield event
        yield work.result()

    async def _end_of(self, request: bytes, reports: StageReports) -> Event:
        folder = self._folder / "stage"
        try:
            await asyncio.to_thread(make_fresh, folder)
            return "done", await self._work(request, folder, reports)
        except (Canceled, asyncio.CancelledError):
            return "failed", _failure(Canceled("The job was canceled."))
        except FileNotFoundError as error:  # the bucket has lost it, whoever asks
            return "failed", _failure(error)
        except (StorageError, DiskFull, ModelUnavailable, OSError) as error:
            return "unfit", _failure(error)  # this machine, or the way from it
        except Exception as error:
            return "failed", _failure(error)
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def _work(self, request: bytes, folder: Path, reports: StageReports) -> bytes:
        asked: Request = await asyncio.to_thread(messages.decode, request, Request)
        source, options = folder / "source", asked.options
        await self._get(asked.source, source, reports)
        if options.brand is not None:
            for name, file in asked.brand.items():
                await self._get(file, folder / name, reports)
            options = dataclasses.replace(options, brand=options.brand.located(folder))
        if isinstance(asked, ListenRequest):
            control = reports.control(asked.resume_from)
            probed = dataclasses.replace(asked.probed, path=source)
            made: object = await self._in_thread(
                self._engine.listen, probed, options=options, work_dir=folder, control=control
            )
        else:
            made = await self._make_clip(asked, source, options, folder, reports)
        return await asyncio.to_thread(messages.encode, made)

    async def _get(self, file: StoredFile, path: Path, reports: StageReports) -> None:
        async with reports.alive():
            await unless_stopped(self._cache.link(file, path), self._stopped)

    async def _in_thread(
        self, call: Callable[..., Result], *args: Any, **kw: Any
    ) -> tuple[Result, float]:
        """Return what the engine's call returns, and the seconds it worked."""
        work = partial(timed, call, *args, **kw)
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def _make_clip(
        self,
        asked: ClipRequest,
        source: Path,
        options: Options,
        folder: Path,
        reports: StageReports,
    ) -> StoredClip:
        talk: Talk = await asyncio.to_thread(messages.decode, asked.talk, Talk)
        talk = dataclasses.replace(talk, source=dataclasses.replace(talk.source, path=source))
        clip, worked_s = await self._in_thread(
            self._engine.make_clip,
            talk,
            talk.highlights[asked.ordinal],
            options=options,
            stem=folder / "clip",
            control=reports.control(),
            known=asked.known,
        )
        keys, files = clip_files.files_of(asked.stem, clip)
        size_bytes = sum(path.stat().st_size for path in files.values())
        async with reports.alive():
            for key, path in files.items():
                await unless_stopped(self._storage.put(path, key), self._stopped)
        return StoredClip(clip=clip, keys=keys, size_bytes=size_bytes, worked_s=worked_s)


def _in_words(error: Exception) -> str:
    """Return what is wrong with this machine, for those who know it by its name."""
    said = str(error) or repr(error)
    return (
        f"the bucket cannot be used from there: {said}" if isinstance(error, StorageError) else said
    )


def _failure(error: BaseException) -> bytes:
    """Return an error as it is told; what nobody has foreseen, with its place."""
    foreseen = isinstance(error, PipelineError | StorageError)
    kind = "StorageError" if isinstance(error, StorageError) else type(error).__name__
    details = "" if foreseen else "".join(traceback.format_exception(error))
    return messages.encode(
        Failure(kind=kind if foreseen else "", message=str(error) or repr(error), details=details)
    )
