"""What Ray makes on a machine: the methods of an actor, without what they need.

The driver names this class to Ray and loads nothing of the pipeline for it.
"""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from klipfast_server.cluster.stage_reports import Event


class RemoteActor:
    """See actor.StageActor."""

    def __init__(self, lane_name: str) -> None:
        from klipfast_server.cluster.actor import StageActor  # noqa: PLC0415 - on the machine

        self._actor = StageActor(lane_name)

    async def fingerprint(self) -> str:
        """See StageActor.fingerprint."""
        return await self._actor.fingerprint()

    async def prepare(self, settings: bytes) -> str:
        """See StageActor.prepare."""
        return await self._actor.prepare(settings)

    async def reach(self) -> str:
        """See StageActor.reach."""
        return await self._actor.reach()

    async def stop(self) -> None:
        """See StageActor.stop."""
        await self._actor.stop()

    async def run(self, request: bytes) -> AsyncIterator["Event"]:
        """See StageActor.run."""
        async for event in self._actor.run(request):
            yield event
