"""What Ray makes on a machine: the methods of an actor, without what they need.

The driver names this class to Ray and loads nothing of the pipeline for it.
"""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from klipfast_server.cluster.stage_reports import Event


class RemoteActor:
    """See actor.StageActor."""

    def __init__(self, lane_name: str) -> None:
        from klipfast_server.cluster.actor import StageActor  # noqa: PLC0415 - on the machine

        self._actor = StageActor(lane_name)

    async def call(self, name: str, *values: Any) -> Any:
        """Call a method of the StageActor that returns once."""
        return await getattr(self._actor, name)(*values)

    async def run(self, request: bytes) -> AsyncIterator["Event"]:
        """See StageActor.run."""
        async for event in self._actor.run(request):
            yield event
