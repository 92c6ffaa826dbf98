"""Waits for iterations of a server loop, stages of the fake engine, and files of this process."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

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


def is_open(path: Path) -> bool:
    """Return whether this process holds a file."""
    found = []
    for number in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            found.append(number.readlink())
    return path in found


async def opened_and_closed(path: Path) -> None:
    """Wait until this process holds a file, and then until it holds it no more."""
    async with asyncio.timeout(PATIENCE_S):
        await _until_true(lambda: is_open(path))
        await _until_true(lambda: not is_open(path))


async def _until_true(holds: Callable[[], bool]) -> None:
    while not holds():  # noqa: ASYNC110 - the system tells nobody
        await asyncio.sleep(0.02)
