"""Waits for iterations of a server loop, and for a stage of the fake engine."""

import asyncio
import threading

from fake_engine import FakeEngine

from klipfast_server.telemetry.liveness import Liveness

PATIENCE_S = 180.0


async def looks(liveness: Liveness, count: int = 3) -> None:
    """Wait until the loop has completed `count` full iterations."""
    wanted = liveness.beats + count + 1  # one may be in progress
    async with asyncio.timeout(PATIENCE_S):
        while liveness.beats < wanted:  # noqa: ASYNC110 - the product needs no event for this
            await asyncio.sleep(0.02)


async def reached(engine: FakeEngine, name: str) -> None:
    """Wait until the engine has begun this call."""
    event = engine.reached.setdefault(name, threading.Event())
    assert await asyncio.to_thread(event.wait, PATIENCE_S), f"{name} was never reached"
