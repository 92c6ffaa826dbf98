"""A place for an actor on one machine: it is started, given stages, rested and replaced."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import msgspec
import ray
from ray.exceptions import RayActorError, RayError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from klipfast_server.cluster import frames
from klipfast_server.cluster.frames import Lane, Lost, Setup, Start, State, Told
from klipfast_server.cluster.machine import FIRST_REST_S, MAX_REST_S, Machine
from klipfast_server.cluster.stage_queue import StageQueue

CANCEL_S = 5.0  # for a stage that is told to stop; then its actor is ended
ENDS = ("done", "failed", "unfit")

Tell = Callable[[frames.FromDriver], None]


@dataclass(frozen=True, slots=True)
class Shared:
    """What all places share: where stages come from, and where news goes."""

    setup: Setup
    actor_class: Any  # Ray's
    tell: Tell  # sends a frame to the server
    queues: Mapping[Lane, StageQueue]
    changed: asyncio.Event = field(default_factory=asyncio.Event)  # set with each new state


class Member:
    """One place for an actor on one machine; an actor that has died is replaced."""

    def __init__(self, shared: Shared, machine: Machine, lane: Lane) -> None:
        self.machine = machine
        self.lane = lane
        self._state: State = "loading"
        self._reason = ""
        self.stage_id: int | None = None
        self._has_begun = False  # the stage: its actor has said so
        self._shared = shared
        self._handle: Any = None
        self._canceling: asyncio.TimerHandle | None = None
        self.task = asyncio.create_task(self._serve())

    @property
    def actor(self) -> frames.Actor:
        """Its actor as the server knows it; one that waits for stages rests with its machine.

        Not for longer than its machine does: should nobody else find that the machine is fit again,
        the next stage makes this one look.
        """
        state, reason = self._state, self._reason
        if state == "ready" and self.machine.left_s:
            state, reason = "resting", self.machine.reason
        return frames.Actor(lane=self.lane, machine=self.machine.name, state=state, reason=reason)

    def cancel(self) -> None:
        """Stop the stage that runs; end the actor if it goes on."""
        if self._handle is not None and self._canceling is None:
            self._handle.call.remote("stop")
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
                await self._run(await self._shared.queues[self.lane].take())

    async def _start(self) -> str:
        """Start an actor; return what is wrong with it, or nothing."""
        setup = self._shared.setup
        actor = self._shared.actor_class.options(
            num_cpus=0,
            num_gpus=setup.gpus[self.lane],
            resources={self.lane: 1},
            max_concurrency=8,  # the stage, and what it is told meanwhile
            scheduling_strategy=NodeAffinitySchedulingStrategy(self.machine.node_id, soft=False),
        )
        try:
            self._handle = actor.remote(self.lane)
            theirs = await self._handle.call.remote("fingerprint")
            if theirs != setup.fingerprint:
                return (
                    f"it runs klipfast {theirs}, the server {setup.fingerprint}: install the "
                    "server's version there, and start Ray there again"
                )
            fault: str = await self._handle.call.remote("prepare", setup.settings)
        except Exception as error:  # Ray's are of many kinds; none may cost the machine its place
            return _in_words(error)
        return fault

    async def _is_fit(self) -> bool:
        """Wait until the machine is fit, and the bucket answers there; False: the actor is dead."""
        while self._handle is not None and self.machine.reason:
            self._set("resting", self.machine.reason)
            await asyncio.sleep(self.machine.left_s)
            try:
                fault = await self._handle.call.remote("reach")
            except Exception:  # Ray's are of many kinds: the actor is lost, whichever it is
                self._kill()
                return False
            if fault:
                self.machine.rest(fault)
            else:
                self.machine.wake()
        return self._handle is not None

    async def _run(self, stage: Start) -> None:
        if self.machine.reason:  # since it began to wait; it looks now whether that is over
            self._shared.queues[self.lane].put(stage)
            return
        self.stage_id, self._has_begun = stage.stage_id, False
        self._set("busy")
        try:
            self._shared.tell(await self._end_of(stage))
        except TimeoutError:
            self._kill()
            silent = f"silent for {self._shared.setup.stall_s:g} s: its actor is ended"
            self._shared.tell(self._lost(stage, silent))
        except Exception as error:  # Ray's are of many kinds; the stage waits for its end
            self._kill()
            self._part(stage, _in_words(error), was_dead=isinstance(error, RayActorError))
        except asyncio.CancelledError:  # the machine has left
            self._part(stage, "it has left", was_dead=True)
            raise
        finally:
            self.stage_id = None
            if self._canceling is not None:
                self._canceling.cancel()
                self._canceling = None

    def _part(self, stage: Start, reason: str, *, was_dead: bool) -> None:
        """Say that a stage is lost, unless its actor was dead before it began: it waits again.

        Where several machines end at once, a stage may meet one idle actor after the other that Ray
        has not missed yet. None of them says anything about the stage.
        """
        may_wait = was_dead and not self._has_begun and self._canceling is None
        if not (may_wait and self._shared.queues[self.lane].put_back(stage)):
            self._shared.tell(self._lost(stage, reason))

    def _lost(self, stage: Start, reason: str, failure: frames.Failure | None = None) -> Lost:
        return Lost(
            stage_id=stage.stage_id, machine=self.machine.name, reason=reason, failure=failure
        )

    async def _end_of(self, stage: Start) -> Told | Lost:
        """Run a stage and pass on what it tells. Raises RayError and TimeoutError."""
        events = self._handle.run.options(num_returns="streaming").remote(stage.request)
        while True:
            async with asyncio.timeout(self._shared.setup.stall_s):
                kind, body = await (await anext(events))
            if kind == "unfit":
                failure = msgspec.msgpack.decode(body, type=frames.Failure)
                self.machine.rest(f"a stage has failed there: {failure.message}")
                return self._lost(stage, "it is not fit", failure)
            told = Told(stage_id=stage.stage_id, kind=kind, body=body)
            if kind == "begun":
                self._has_begun = True
                told = msgspec.structs.replace(told, machine=self.machine.name)
            if kind in ENDS:
                self.machine.recover()
                return told
            self._shared.tell(told)

    def _kill(self) -> None:
        if self._handle is not None:
            with suppress(RayError):
                ray.kill(self._handle)
            self._handle = None

    def _set(self, state: State, reason: str = "") -> None:
        self._state, self._reason = state, reason
        self._shared.changed.set()


def _in_words(error: Exception) -> str:
    """Return the gist of what Ray says, which may be pages."""
    cause = getattr(error, "cause", None) or error
    lines = [line.strip() for line in str(cause).splitlines() if line.strip()]
    missing = next((line for line in lines if line.startswith("ModuleNotFoundError:")), None)
    if missing is not None:
        return f"{missing}: install klipfast for the Python that runs Ray there"
    return f"{type(error).__name__}: {lines[0] if lines else 'no reason given'}"[:500]
