"""Reports the progress of a job, which renews its lease; stops it when the lease is lost."""

import asyncio
import time
from collections.abc import Callable

import asyncpg
import structlog

from klipfast_server.store import faults
from klipfast_server.store.queue import job_queue
from klipfast_server.store.queue.job_queue import LeaseLost
from klipfast_server.work.job_stages import Stages

log = structlog.get_logger()


async def beat(stages: Stages, hand_on: Callable[[], None]) -> None:
    """Report until the lease is lost; call `hand_on` if that is for want of an answer."""
    lanes, context = stages.context.config.lanes, stages.context
    last_written, written_at = ("", -1.0), time.monotonic()
    while True:
        await asyncio.sleep(min(lanes.progress_s, lanes.lease_s / 3))
        now, state = time.monotonic(), (stages.progress.stage, stages.progress.value)
        if state == last_written and now - written_at < lanes.lease_s / 3:
            continue
        try:
            await job_queue.set_progress(
                context.db,
                stages.job,
                stage=state[0],
                progress=state[1],
                lease_s=lanes.lease_s,
            )
            last_written, written_at = state, now
        except LeaseLost:
            stages.stop()
            return
        except (*faults.LOST, asyncpg.PostgresError, OSError) as error:
            log.warning("heartbeat failed", error=str(error))
            if now - written_at > lanes.lease_s:
                # Another may have it by now; if not, this start does not count as failed.
                hand_on()
                return
