"""What a stage, in its thread, tells the event loop of its actor, and when it counts as alive."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from klipfast_server.cluster import messages
from klipfast_server.core.tasks import background
from pipeline.core.control import Control, at_intervals
from pipeline.core.data import TranscriptChunk

ALIVE_S = 1.0  # between two signs of life
QUIET_S = 0.25  # between two reports of progress, unless another stage begins

Event = tuple[str, bytes]  # frames.Told's kind and body; or `unfit` with a Failure


class StageReports:
    """What a stage, in its thread, has to tell."""

    def __init__(self, cancel: threading.Event) -> None:
        self._cancel = cancel
        self._loop = asyncio.get_running_loop()
        self._told = asyncio.Event()
        self._lives = False
        self.waiting: list[Event] = []

    def wake(self) -> None:
        """Let `taken` return: the stage has ended."""
        self._told.set()

    async def taken(self) -> AsyncIterator[Event]:
        """Yield what was told since the last call, or a sign of life if there was one."""
        try:
            async with asyncio.timeout(ALIVE_S):
                await self._told.wait()
        except TimeoutError:
            if self._lives:
                self._lives = False
                yield "alive", b""
        self._told.clear()
        while self.waiting:
            yield self.waiting.pop(0)

    def _tell(self, kind: str, body: bytes) -> None:
        self.waiting.append((kind, body))
        self._told.set()

    def _beat(self) -> None:
        self._lives = True

    @asynccontextmanager
    async def alive(self) -> AsyncIterator[None]:
        """Count as alive while the block runs: calls of the bucket have time limits."""

        async def beat() -> None:
            while True:
                self._beat()
                await asyncio.sleep(ALIVE_S / 2)

        async with background(beat()):
            yield

    def control(self, resume_from: tuple[TranscriptChunk, ...] = ()) -> Control:
        """Return the control of the engine's call."""

        def report(stage: str, fraction: float) -> None:
            body = messages.encode(messages.Progress(stage, fraction))
            self._loop.call_soon_threadsafe(self._tell, "progress", body)

        def hand_over(chunk: TranscriptChunk) -> None:
            self._loop.call_soon_threadsafe(self._tell, "chunk", messages.encode(chunk))

        return Control(
            progress=at_intervals(report, QUIET_S),
            cancel=self._cancel,
            resume_from=resume_from,
            on_chunk=hand_over,
            on_check=self._beat,
        )
