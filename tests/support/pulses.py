"""Waits for iterations of a server loop, to prove that something does not happen."""

import asyncio

import pytest

from klipfast_server.telemetry.liveness import Liveness

PATIENCE_S = 20.0


async def looks(pulse: Liveness, monkeypatch: pytest.MonkeyPatch, count: int = 3) -> None:
    """Wait until the loop of this pulse has completed `count` full iterations."""
    beat, left, over = pulse.beat, [count + 1], asyncio.Event()  # one may be in progress

    def counted() -> None:
        beat()
        left[0] -= 1
        if not left[0]:
            over.set()

    with monkeypatch.context() as patch:
        patch.setattr(pulse, "beat", counted)
        async with asyncio.timeout(PATIENCE_S):
            await over.wait()
