"""Renders the clips of a job and stores them, side by side."""

import asyncio
from typing import cast

import structlog

from klipfast_server.core import identifiers
from klipfast_server.schema.account.webhooks import FailedClip
from klipfast_server.schema.vocabulary import JobError, Reason
from klipfast_server.store.queue import job_queue
from klipfast_server.store.talks import clip_shots
from klipfast_server.work.job_stages import Stages
from klipfast_server.work.placement import Workplace
from pipeline.core.data import Options, Talk
from pipeline.core.errors import Canceled, SourceError
from pipeline.highlights.render_order import render_order

log = structlog.get_logger()


async def render(stages: Stages, workplace: Workplace, options: Options, talk: Talk) -> int:
    """Render all clips that are missing; the number there are in the end.

    All are submitted to the workplace at once, in `render_order`. The first error ends them all,
    except a SourceError: it costs its own clip, and is raised only if no clip could be rendered.
    What failed at an earlier start is left alone, unless nothing else is there.
    """
    done = await job_queue.clip_ordinals(stages.context.db, stages.job.job_id)
    failed = await job_queue.failed_clips(stages.context.db, stages.job.job_id)
    failed = failed if len(failed) < len(talk.highlights) else set()
    stages.progress.expect_clips(len(talk.highlights), done | failed)
    tasks = [
        asyncio.create_task(_clip_or_fault(stages, workplace, options, talk, ordinal))
        for ordinal in render_order(talk.highlights, at_once=workplace.clips_at_once)
        if ordinal not in done | failed
    ]
    if not tasks:
        return len(done)
    _, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    if pending:
        stages.end_threads()  # threads cannot be killed, only signaled
    ends = await asyncio.gather(*tasks, return_exceptions=True)
    faults = [end for end in ends if isinstance(end, SourceError)]
    errors = [end for end in ends if end is not None and not isinstance(end, SourceError)]
    if errors:  # the cause first, then those canceled because of it
        raise min(errors, key=lambda error: isinstance(error, Canceled))
    if faults and len(faults) + len(failed) == len(talk.highlights):
        raise faults[0]
    return len(talk.highlights) - len(faults) - len(failed)


async def _clip_or_fault(
    stages: Stages, workplace: Workplace, options: Options, talk: Talk, ordinal: int
) -> SourceError | None:
    try:
        await _clip(stages, workplace, options, talk, ordinal)
    except SourceError as fault:
        log.warning("clip skipped", ordinal=ordinal, reason=str(fault))
        highlight = talk.highlights[ordinal]
        failed = FailedClip(
            job_id=stages.job.job_id,
            clip_id=identifiers.clip_id(stages.job.job_id, ordinal),
            title=highlight.title,
            start_seconds=round(highlight.start_s, 3),
            end_seconds=round(highlight.end_s, 3),
            error=JobError(
                code="unprocessable", message=str(fault), reason=cast(Reason, fault.reason)
            ),
        )
        await job_queue.note_failed_clip(
            stages.context.db, stages.job, ordinal, failed, outbox=stages.context.outbox
        )
        stages.progress.tell("render", 1.0, ordinal)
        return fault
    return None


async def _clip(
    stages: Stages, workplace: Workplace, options: Options, talk: Talk, ordinal: int
) -> None:
    again = stages.job.rerender_of
    known = () if again is None else await clip_shots.get(stages.context.db, again)
    made = await workplace.make_clip(
        talk, ordinal, options=options, control=stages.progress.control(ordinal), known=known
    )
    await job_queue.add_clip(
        stages.context.db,
        stages.job,
        ordinal,
        talk=talk,
        made=made,
        retention_days=stages.plan.retention_days,
        seen=await clip_shots.encode(made.clip.shots),
        outbox=stages.context.outbox,
    )
    stages.context.metrics.clip(made.clip)
    clip_id = identifiers.clip_id(stages.job.job_id, ordinal)
    log.info("clip rendered", ordinal=ordinal, clip_id=clip_id, encoder=made.clip.encoder)
