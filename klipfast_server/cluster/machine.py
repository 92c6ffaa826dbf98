"""A machine of the cluster: what it offers, what it is called, and when it rests.

A machine offers actors of a lane by a resource of Ray with the lane's name: `recogniser` and
`encoder`.
"""

import time
from typing import Any, Self

from klipfast_server.cluster.frames import Lane

FIRST_REST_S, MAX_REST_S = 5.0, 300.0  # doubled with each failure in a row


class Machine:
    """A machine, by its node of Ray."""

    def __init__(self, node_id: str, name: str) -> None:
        """`name` is what an administrator knows it by."""
        self.node_id = node_id
        self.name = name
        self.reason = ""  # why it rests; empty if it does not rest
        self._until = 0.0  # monotonic time of the next look whether it can work again
        self._rest_s = FIRST_REST_S

    @classmethod
    def of(cls, node: dict[str, Any]) -> Self:
        """Return the machine of a node, as `ray.nodes` describes it."""
        return cls(node["NodeID"], _name(node))

    @property
    def left_s(self) -> float:
        """How long it rests before the next look."""
        return max(0.0, self._until - time.monotonic())

    def rest(self, reason: str) -> None:
        """Let all its actors rest, longer each time: what one cannot reach, no other can."""
        if not self.left_s:
            self.reason = reason
            self._until = time.monotonic() + self._rest_s
            self._rest_s = min(2 * self._rest_s, MAX_REST_S)

    def wake(self) -> None:
        """Let its actors take stages again, unless another rest has begun."""
        if not self.left_s:
            self.reason = ""

    def recover(self) -> None:
        """Count as sound again: the next rest is a short one."""
        self._rest_s = FIRST_REST_S


def places(node: dict[str, Any], lane: Lane) -> int:
    """Return how many actors of a lane a node of Ray offers."""
    return int(node["Resources"].get(lane, 0))


def _name(node: dict[str, Any]) -> str:
    """Return what an administrator knows a machine by."""
    name, address = node["NodeManagerHostname"], node["NodeManagerAddress"]
    chosen = node.get("NodeName") or address
    return f"{name} ({address})" if chosen == address else f"{chosen} ({address})"
