"""The actors of a cluster: as many as its machines offer, started, used, rested and replaced.

A machine offers actors of a lane by a resource of Ray with the lane's name: `recogniser` and
`encoder`. Runs in the driver's process, and loads nothing of the pipeline.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec
import ray
from ray.exceptions import RayError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from klipfast_server.cluster import frames
from klipfast_server.cluster.frames import Lane, Lost, Setup, Start, State, Told
from klipfast_server.core.tasks import wait_at_most

LOOK_S = 2.0  # between two looks at the machines
CANCEL_S = 5.0  # for a stage that is told to stop; then its actor is ended
FIRST_REST_S, MAX_REST_S = 5.0, 300.0  # doubled with each failure in a row
ENDS = ("done", "failed", "unfit")

Tell = Callable[[frames.FromDriver], None]


class Machine:
    """A machine, by its node of Ray."""

    def __init__(self, node_id: str, name: str) -> None:
        self.node_id = node_id
        self.name = name
        self.fit_at = 0.0  # monotonic time before which its actors take no stage
        self.rest_s = FIRST_REST_S
        self.reason = ""  # of its rest

    def rest(self, reason: str) -> None:
        """Let all its actors rest, longer each time: what one cannot reach, no other can."""
        if time.monotonic() >= self.fit_at:
            self.reason = reason
            self.fit_at = time.monotonic() + self.rest_s
            self.rest_s = min(2 * self.rest_s, MAX_REST_S)

    def recover(self) -> None:
        """Count as sound again."""
        self.rest_s = FIRST_REST_S


class Queue:
    """The stages that wait for an actor of one lane."""

    def __init__(self) -> None:
        self._waiting: deque[Start] = deque()
        self._some = asyncio.Event()  # all who wait wake: one who leaves takes no wake with it

    def put(self, stage: Start) -> None:
        """Add a stage."""
        self._waiting.append(stage)
        self._some.set()

    async def take(self) -> Start:
        """Return the next stage, once there is one."""
        while not self._waiting:
            self._some.clear()
            await self._some.wait()
        return self._waiting.popleft()

    def withdraw(self, stage_id: int) -> bool:
        """Remove a stage; return whether it still waited."""
        found = [stage for stage in self._waiting if stage.stage_id == stage_id]
        for stage in found:
            self._waiting.remove(stage)
        return bool(found)


class Member:
    """One place for an actor on one machine; an actor that has died is replaced."""

    def __init__(self, crew: "Crew", machine: Machine, lane: Lane) -> None:
        self.machine = machine
        self.lane = lane
        self.state: State = "loading"
        self.reason = ""
        self.stage_id: int | None = None
        self._crew = crew
        self._handle: Any = None
        self._canceling: asyncio.TimerHandle | None = None
        self.task = asyncio.create_task(self._serve())

    def cancel(self) -> None:
        """Stop the stage that runs; end the actor if it goes on."""
        if self._handle is not None and self._canceling is None:
            self._handle.stop.remote()
            loop = asyncio.get_running_loop()
            self._canceling = loop.call_later(CANCEL_S, self._kill)

    def leave(self) -> None:
        """End the actor, and whoever waits for it."""
        self.task.cancel()
        self._kill()

    async def _serve(self) -> None:
        """Start an actor, give it stages until it dies, and do so again. Never returns."""
        rest_s = FIRST_REST_S
        while True:
            self._set("loading")
            if fault := await self._start():
                self._kill()
                self._set("resting", fault)
                await asyncio.sleep(rest_s)
                rest_s = min(2 * rest_s, MAX_REST_S)
                continue
            rest_s = FIRST_REST_S
            while await self._is_fit():
                self._set("ready")
                await self._run(await self._crew.queues[self.lane].take())

    async def _start(self) -> str:
        """Start an actor; return what is wrong with it, or nothing."""
        setup = self._crew.setup
        actor = self._crew.actor_class.options(
            num_cpus=0,
            num_gpus=setup.gpus[self.lane],
            resources={self.lane: 1},
            max_concurrency=8,  # the stage, and what it is told meanwhile
            scheduling_strategy=NodeAffinitySchedulingStrategy(self.machine.node_id, soft=False),
        )
        try:
            self._handle = actor.remote(self.lane)
            theirs = await self._handle.fingerprint.remote()
            if theirs != setup.fingerprint:
                return (
                    f"it runs klipfast {theirs}, the server {setup.fingerprint}: install the "
                    "server's version there, and start Ray there again"
                )
            fault: str = await self._handle.prepare.remote(setup.settings)
        except Exception as error:  # Ray's are of many kinds; none may cost the machine its place
            return _in_words(error)
        return fault

    async def _is_fit(self) -> bool:
        """Wait until the machine is fit, and the bucket answers there; False: the actor is dead."""
        while self._handle is not None and (left_s := self.machine.fit_at - time.monotonic()) > 0:
            self._set("resting", self.machine.reason)
            await asyncio.sleep(left_s)
            try:
                fault = await self._handle.reach.remote()
            except Exception:  # Ray's are of many kinds: the actor is lost, whichever it is
                self._kill()
                return False
            if fault:
                self.machine.rest(fault)
        return self._handle is not None

    async def _run(self, stage: Start) -> None:
        if self.machine.fit_at > time.monotonic():  # since it began to wait
            self._crew.queues[self.lane].put(stage)
            return
        self.stage_id = stage.stage_id
        self._set("busy")
        self._crew.tell(Told(stage_id=stage.stage_id, kind="begun", machine=self.machine.name))
        end: frames.Told | Lost
        try:
            end = await self._end_of(stage)
        except TimeoutError:
            silent = f"silent for {self._crew.setup.stall_s:g} s: its actor is ended"
            end = Lost(stage_id=stage.stage_id, machine=self.machine.name, reason=silent)
            self._kill()
        except Exception as error:  # Ray's are of many kinds; the stage waits for its end
            end = Lost(stage_id=stage.stage_id, machine=self.machine.name, reason=_in_words(error))
            self._kill()
        except asyncio.CancelledError:  # the machine has left
            self._crew.tell(
                Lost(stage_id=stage.stage_id, machine=self.machine.name, reason="it has left")
            )
            raise
        finally:
            self.stage_id = None
            if self._canceling is not None:
                self._canceling.cancel()
                self._canceling = None
        self._crew.tell(end)

    async def _end_of(self, stage: Start) -> Told | Lost:
        """Run a stage and pass on what it tells. Raises RayError and TimeoutError."""
        events = self._handle.run.options(num_returns="streaming").remote(stage.request)
        while True:
            async with asyncio.timeout(self._crew.setup.stall_s):
                kind, body = await (await anext(events))
            if kind == "unfit":
                failure = msgspec.msgpack.decode(body, type=frames.Failure)
                self.machine.rest(f"a stage has failed there: {failure.message}")
                return Lost(
                    stage_id=stage.stage_id,
                    machine=self.machine.name,
                    reason="it is not fit",
                    failure=failure,
                )
            told = Told(stage_id=stage.stage_id, kind=kind, body=body)
            if kind in ENDS:
                self.machine.recover()
                return told
            self._crew.tell(told)

    def _kill(self) -> None:
        if self._handle is not None:
            with suppress(RayError):
                ray.kill(self._handle)
            self._handle = None

    def _set(self, state: State, reason: str = "") -> None:
        self.state, self.reason = state, reason
        self._crew.changed.set()


class Crew:
    """All actors of the cluster."""

    def __init__(self, setup: Setup, actor_class: Any, tell: Tell) -> None:
        """`actor_class` is Ray's; `tell` sends a frame to the server."""
        self.setup = setup
        self.actor_class = actor_class
        self.tell = tell
        self.queues: dict[Lane, Queue] = {lane: Queue() for lane in frames.LANES}
        self.changed = asyncio.Event()
        self._members: list[Member] = []
        self._machines: dict[str, Machine] = {}

    async def look(self) -> None:
        """Look which machines there are, again and again; never returns."""
        while True:
            nodes = await asyncio.to_thread(ray.nodes)
            self._follow({node["NodeID"]: node for node in nodes if node["Alive"]})
            await asyncio.sleep(LOOK_S)

    def _follow(self, nodes: dict[str, Any]) -> None:
        """Have as many members as these nodes offer."""
        self._machines = {k: m for k, m in self._machines.items() if k in nodes}
        gone = [m for m in self._members if m.machine.node_id not in nodes or m.task.done()]
        for member in gone:
            member.leave()
            self._members.remove(member)
            self.changed.set()
        for node_id, node in nodes.items():
            machine = self._machines.setdefault(node_id, Machine(node_id, _name(node)))
            for lane in frames.LANES:
                offered = _offered(node, lane)
                there = sum(m.machine is machine and m.lane == lane for m in self._members)
                self._members += [Member(self, machine, lane) for _ in range(offered - there)]

    async def report(self) -> None:
        """Send the state of all actors whenever one has changed; never returns."""
        while True:
            self.changed.clear()
            self.tell(
                frames.Crew(
                    actors=tuple(
                        frames.Actor(
                            lane=m.lane, machine=m.machine.name, state=m.state, reason=m.reason
                        )
                        for m in self._members
                    )
                )
            )
            await wait_at_most(self.changed, LOOK_S)
            await asyncio.sleep(0.05)  # several changes at once are one report

    def start(self, stage: Start) -> None:
        """Let a stage wait for an actor of its lane."""
        self.queues[stage.lane].put(stage)

    def cancel(self, stage_id: int) -> None:
        """Stop a stage, wherever it is."""
        if any(queue.withdraw(stage_id) for queue in self.queues.values()):
            self.tell(Lost(stage_id=stage_id, machine="", reason="canceled"))
            return
        for member in self._members:
            if member.stage_id == stage_id:
                member.cancel()


def offer() -> frames.Offer:
    """Return what the machines offer now. Blocks."""
    nodes = [node for node in ray.nodes() if node["Alive"]]
    return frames.Offer(
        version=ray.__version__,
        machines=sum(any(_offered(node, lane) for lane in frames.LANES) for node in nodes),
        actors={lane: sum(_offered(node, lane) for node in nodes) for lane in frames.LANES},
    )


def _offered(node: dict[str, Any], lane: Lane) -> int:
    return int(node["Resources"].get(lane, 0))


def _name(node: dict[str, Any]) -> str:
    """Return what an administrator knows a machine by."""
    name, address = node["NodeManagerHostname"], node["NodeManagerAddress"]
    chosen = node.get("NodeName") or address
    return f"{name} ({address})" if chosen == address else f"{chosen} ({address})"


def _in_words(error: Exception) -> str:
    """Return the gist of what Ray says, which may be pages."""
    cause = getattr(error, "cause", None) or error
    lines = [line.strip() for line in str(cause).splitlines() if line.strip()]
    missing = next((line for line in lines if line.startswith("ModuleNotFoundError:")), None)
    if missing is not None:
        return f"{missing}: install klipfast for the Python that runs Ray there"
    return f"{type(error).__name__}: {lines[0] if lines else 'no reason given'}"[:500]
