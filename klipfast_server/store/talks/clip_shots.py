"""What was seen in clips when they were rendered: shots, and the faces in them."""

import asyncio

import structlog

from klipfast_server.store.database import Database
from klipfast_server.store.faults import rerun
from pipeline.core.data import Shot
from pipeline.framing import known_shots

log = structlog.get_logger()


async def encode(shots: tuple[Shot, ...]) -> bytes:
    """Return shots as they are stored; empty without any."""
    return await asyncio.to_thread(known_shots.encode, shots) if shots else b""


@rerun
async def get(db: Database, clip_id: str) -> tuple[Shot, ...]:
    """Return the shots of a clip; none of one that an earlier version has rendered."""
    data = await db.pool.fetchval(db.sql["clip_shots"], clip_id)
    if data is None:
        return ()
    try:
        return await asyncio.to_thread(known_shots.decode, data)
    except ValueError:  # written by another version: the clip is looked at again
        log.warning("shots of a clip cannot be read", clip_id=clip_id)
        return ()
