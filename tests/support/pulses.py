"""Waits for iterations of a server loop, to prove that something does not happen."""

import asyncio

from klipfast_server.telemetry.liveness import Liveness

PATIENCE_S = 20.0


async def looks(liveness: Liveness, count: int = 3) -> None:
    """Wait until the loop has completed `count` full iterations."""
    wanted = liveness.beats + count + 1  # one may be in progress
    async with asyncio.timeout(PATIENCE_S):
        while liveness.beats < wanted:  # noqa: ASYNC110 - the product needs no event for this
            await asyncio.sleep(0.02)
