"""The driver's process, as the server sees it: started, asked, and started again when it ends."""

import asyncio
import itertools
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import structlog

from klipfast_server.cluster import frames
from klipfast_server.cluster.frames import (
    Actor,
    Cancel,
    Crew,
    Lane,
    Lost,
    Offer,
    Setup,
    Start,
    Told,
)
from klipfast_server.core.tasks import settle

log = structlog.get_logger()

Process = subprocess.Popen[bytes]

FIRST_PAUSE_S, MAX_PAUSE_S = 1.0, 60.0  # before the driver is started again, doubled each time
END_S = 3.0  # for it to end once its socket is closed
AHEAD = 2  # stages of a lane that wait in the driver, so that no actor waits for the server
USABLE = ("ready", "busy")
NOT_YET = "the cluster has not been joined yet"


class RemoteStage:
    """A stage that an actor runs, or will run."""

    def __init__(self, stage_id: int, lane: Lane) -> None:
        self.stage_id = stage_id
        self.lane = lane
        self.start: Start | None = None  # until its request is made
        self.events: asyncio.Queue[Told | Lost] = (
            asyncio.Queue()
        )  # the last is Lost, done or failed


class DriverLink:
    """The driver of this server."""

    def __init__(self, setup: Setup, changed: Callable[[], None]) -> None:
        """`changed` is called whenever `actors` or `fault` may have changed."""
        self._setup = setup
        self._changed = changed
        self._writer: asyncio.StreamWriter | None = None  # None: the cluster is not joined
        self._numbers = itertools.count(1)
        self._stages: dict[int, RemoteStage] = {}
        self._unconnected = NOT_YET
        self._freed = asyncio.Event()
        self.actors: tuple[Actor, ...] = ()

    @property
    def fault(self) -> str:
        """Return why no job can run now; empty if one can."""
        if self._unconnected:
            return self._unconnected
        faults = (_fault(lane, [a for a in self.actors if a.lane == lane]) for lane in frames.LANES)
        return next(filter(None, faults), "")

    async def start(self, lane: Lane, request: Callable[[], bytes]) -> RemoteStage:
        """Let an actor run a stage; `request` makes its messages.Request, in a thread.

        It waits until few enough stages are with the driver: each may be megabytes.
        """
        while self._started(lane) >= self._usable(lane) + AHEAD:
            self._freed.clear()
            await self._freed.wait()
        stage = RemoteStage(next(self._numbers), lane)
        self._stages[stage.stage_id] = stage
        try:
            body = await asyncio.to_thread(request)
        except BaseException:
            self._stages.pop(stage.stage_id, None)
            self._freed.set()
            raise
        stage.start = Start(stage_id=stage.stage_id, lane=lane, request=body)
        # Where the driver has ended meanwhile, the stage has, too.
        if self._writer is not None and stage.stage_id in self._stages:
            frames.write(self._writer, stage.start)
        return stage

    def _started(self, lane: Lane) -> int:
        return sum(stage.lane == lane for stage in self._stages.values())

    def _usable(self, lane: Lane) -> int:
        return sum(actor.lane == lane and actor.state in USABLE for actor in self.actors)

    def cancel(self, stage: RemoteStage) -> None:
        """Stop a stage soon; its last event says so."""
        if self._writer is not None:
            frames.write(self._writer, Cancel(stage_id=stage.stage_id))
        else:
            self._end(Lost(stage_id=stage.stage_id, machine="", reason="canceled"))

    async def keep(self) -> None:
        """Have a driver, always; never returns."""
        pause_s, told = FIRST_PAUSE_S, ""
        while True:
            was_joined = await self._drive()
            if was_joined:
                pause_s = FIRST_PAUSE_S
            if self._unconnected != told:  # a line for each reason, not for each try
                told = self._unconnected
                log.error("no cluster, jobs stay queued", reason=told, retry_s=pause_s)
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, MAX_PAUSE_S)

    async def _drive(self) -> bool:
        """Start a driver and listen to it until it ends; return whether it has joined Ray."""
        reason = ""
        async with driver_process(self._setup) as (reader, writer):
            async for frame in frames.read(reader, frames.FromDriver):
                if isinstance(frame, frames.Unconnected):
                    reason = frame.reason
                elif isinstance(frame, Crew):
                    self._meet(frame, writer)
                elif isinstance(frame, Told) and frame.kind not in ("done", "failed"):
                    if (stage := self._stages.get(frame.stage_id)) is not None:
                        stage.events.put_nowait(frame)
                elif isinstance(frame, Told | Lost):
                    self._end(frame)
            return self._part(reason or "Ray has ended its driver: its head may be gone")

    def _meet(self, crew: Crew, writer: asyncio.StreamWriter) -> None:
        if self._writer is None:
            self._writer, self._unconnected = writer, ""
            log.info("cluster joined", address=self._setup.address)
            for stage in self._stages.values():
                if stage.start is not None:
                    frames.write(writer, stage.start)
        _tell_changes(self.actors, crew.actors)
        self.actors = crew.actors
        self._freed.set()
        self._changed()

    def _part(self, reason: str) -> bool:
        """Forget what the driver had; return whether it had joined."""
        was_joined, self._writer = self._writer is not None, None
        self._unconnected, self.actors = reason, ()
        if was_joined:  # what it has not been given yet can wait for the next one
            for stage_id in list(self._stages):
                self._end(Lost(stage_id=stage_id, machine="", reason=reason))
        self._changed()
        return was_joined

    def _end(self, end: Told | Lost) -> None:
        if (stage := self._stages.pop(end.stage_id, None)) is not None:
            stage.events.put_nowait(end)
            self._freed.set()


def _fault(lane: Lane, actors: list[Actor]) -> str:
    """Return why no actor of a lane can work; empty if one can."""
    if any(actor.state in USABLE for actor in actors):
        return ""
    if not actors:
        return (
            f"no machine of the cluster offers the resource {lane}: start one with "
            f"`ray start --address=… --resources='{{\"{lane}\": 1}}'`"
        )
    worst = next((actor for actor in actors if actor.reason), actors[0])
    return f"no {lane} is ready: {worst.machine} is {worst.state} {worst.reason}".rstrip()


def _tell_changes(before: tuple[Actor, ...], now: tuple[Actor, ...]) -> None:
    """Log what rests and what is usable, each once."""
    for actor in Counter(a for a in now if a.state == "resting") - Counter(before):
        log.warning("actor rests", machine=actor.machine, lane=actor.lane, reason=actor.reason)
    usable = {(a.machine, a.lane) for a in now if a.state in USABLE}
    for machine, lane in sorted(
        usable - {(a.machine, a.lane) for a in before if a.state in USABLE}
    ):
        count = sum(a.machine == machine and a.lane == lane for a in now)
        log.info("actors ready", machine=machine, lane=lane, actors=count)


@asynccontextmanager
async def driver_process(
    setup: Setup,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Have a driver while the block runs, and the two ends of its socket."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with theirs:
        process = await asyncio.to_thread(_start, theirs.fileno())
    reader, writer = await asyncio.open_connection(sock=ours)
    try:
        frames.write(writer, setup)
        yield reader, writer
    finally:
        writer.close()
        await settle(asyncio.to_thread(_collect, process))


async def look(setup: Setup) -> Offer | str:
    """Return what the machines offer, or why that cannot be known; `setup` only looks."""
    async with driver_process(setup) as (reader, _):
        async for frame in frames.read(reader, frames.FromDriver):
            if isinstance(frame, Offer):
                return frame
            if isinstance(frame, frames.Unconnected):
                return frame.reason
    return "Ray has ended its driver"


def _start(descriptor: int) -> Process:
    """Start a driver that speaks over this socket. Blocks."""
    return subprocess.Popen(
        [sys.executable, "-m", "klipfast_server.cluster.driver", str(descriptor)],
        pass_fds=(descriptor,),
        stdout=subprocess.DEVNULL,  # Ray prints pages of its own logs there, which it keeps
        start_new_session=True,  # an interrupt of the terminal is the server's to handle
    )


def _collect(process: Process) -> None:
    """Wait for a driver, which has lost its socket, and end it if that is not enough. Blocks."""
    try:
        process.wait(END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
