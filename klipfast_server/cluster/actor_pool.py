"""The actors of a cluster: as many as its machines offer, and the stages that wait for them.

Runs in the driver's process, and loads nothing of the pipeline.
"""

import asyncio
from typing import Any

import ray

from klipfast_server.cluster import frames
from klipfast_server.cluster.frames import Lost, Setup, Start
from klipfast_server.cluster.machine import Machine, places
from klipfast_server.cluster.member import Member, Shared, Tell
from klipfast_server.cluster.stage_queue import StageQueue
from klipfast_server.core.tasks import wait_at_most

LOOK_S = 2.0  # between two looks at the machines


class Crew:
    """All actors of the cluster."""

    def __init__(self, setup: Setup, actor_class: Any, tell: Tell) -> None:
        """`actor_class` is Ray's; `tell` sends a frame to the server."""
        queues = {lane: StageQueue() for lane in frames.LANES}
        self._shared = Shared(setup, actor_class, tell, queues)
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
            self._shared.changed.set()
        for node_id, node in nodes.items():
            machine = self._machines.setdefault(node_id, Machine.of(node))
            for lane in frames.LANES:
                offered = places(node, lane)
                there = sum(m.machine is machine and m.lane == lane for m in self._members)
                self._members += [
                    Member(self._shared, machine, lane) for _ in range(offered - there)
                ]

    async def report(self) -> None:
        """Send the state of all actors whenever one has changed; never returns."""
        while True:
            self._shared.changed.clear()
            self._shared.tell(frames.Crew(actors=tuple(m.actor for m in self._members)))
            await wait_at_most(self._shared.changed, LOOK_S)
            await asyncio.sleep(0.05)  # several changes at once are one report

    def start(self, stage: Start) -> None:
        """Let a stage wait for an actor of its lane."""
        self._shared.queues[stage.lane].put(stage)

    def cancel(self, stage_id: int) -> None:
        """Stop a stage, wherever it is."""
        if any(queue.withdraw(stage_id) for queue in self._shared.queues.values()):
            self._shared.tell(Lost(stage_id=stage_id, machine="", reason="canceled"))
            return
        for member in self._members:
            if member.stage_id == stage_id:
                member.cancel()


def offer() -> frames.Offer:
    """Return what the machines offer now. Blocks."""
    nodes = [node for node in ray.nodes() if node["Alive"]]
    return frames.Offer(
        version=ray.__version__,
        machines=sum(any(places(node, lane) for lane in frames.LANES) for node in nodes),
        actors={lane: sum(places(node, lane) for node in nodes) for lane in frames.LANES},
    )
