"""Hears the talk of a job, or takes what an earlier start or another job has heard."""

import asyncio
import dataclasses
from pathlib import Path

import asyncpg
import structlog

from klipfast_server.core.errors import NotFound, Unprocessable
from klipfast_server.files import disposal
from klipfast_server.files.object_keys import prefix
from klipfast_server.store import faults
from klipfast_server.store.queue import heard_talks, job_queue
from klipfast_server.store.queue.job_queue import LeaseLost
from klipfast_server.work.job_stages import Stages
from klipfast_server.work.placement import Workplace
from pipeline.core.data import Options, Source, Talk, TranscriptChunk

log = structlog.get_logger()


async def heard_before(stages: Stages, path: Path, sha256: bytes) -> Talk | None:
    """Return the stored talk if it was heard in this file, which then needs no probe.

    Raises, for an edit, NotFound where its talk has gone, and Unprocessable where its source has
    changed.
    """
    talk = await heard_talks.read_talk(stages.context.db, stages.job)
    first = stages.job.rerender_of or stages.job.span_of or stages.job.reel_of
    if talk is None and first is not None:  # its plan has kept it until this very moment
        raise NotFound(
            f"There is no transcript of {first} any more. Submit the video again to have another."
        )
    if talk is None:
        return None
    known = await heard_talks.talk_source(stages.context.db, stages.job.job_id)
    if known in (sha256, None):
        return dataclasses.replace(talk, source=dataclasses.replace(talk.source, path=path))
    if first is not None:
        raise Unprocessable(
            f"The source has changed since {first} was made from it; submit it as a new job.",
            reason="source_changed",
        )
    await _forget_clips(stages)
    return None


async def listen(
    stages: Stages, workplace: Workplace, source: Source, options: Options, sha256: bytes
) -> Talk:
    """Transcribe the source, find its highlights, and store the talk."""
    storing: list[asyncio.Task[None]] = []
    kept = await heard_talks.get_heard(stages.context.db, stages.job.job_id)
    control = stages.progress.control(
        resume_from=kept,
        on_chunk=lambda part: storing.append(asyncio.create_task(_keep(stages, part))),
    )
    try:
        heard, listened_s = await workplace.listen(source, options=options, control=control)
    finally:
        await asyncio.gather(*storing)
    await heard_talks.put_talk(
        stages.context.db, stages.job, heard, source_sha256=sha256, listened_s=listened_s
    )
    return heard


async def described(stages: Stages, options: Options, talk: Talk) -> Talk:
    """Return the talk; what a person chose is joined, scored and titled, once."""
    if (stages.job.span_of or stages.job.reel_of) is None or talk.highlights[0].reason:
        return talk
    engine, [wanted] = stages.context.engine, talk.highlights
    is_reel = stages.job.reel_of is not None
    highlight, _ = await stages.in_lane(
        "describe",
        engine.join_moments if is_reel else engine.describe,
        talk,
        [moment.highlight for moment in talk.candidates] if is_reel else wanted,
        options=options,
        control=stages.progress.control(),
    )
    highlight = dataclasses.replace(highlight, title=wanted.title or highlight.title)
    talk = dataclasses.replace(talk, highlights=(highlight,), candidates=())
    await heard_talks.put_description(stages.context.db, stages.job, talk)
    return talk


async def _keep(stages: Stages, part: TranscriptChunk) -> None:
    """Store a chunk; a failure costs a later start its time, and this one nothing."""
    try:
        await heard_talks.put_heard(stages.context.db, stages.job, part)
    except LeaseLost:
        stages.stop()
    except (faults.Away, asyncpg.PostgresError) as error:
        log.warning("chunk not stored", first=part.first, error=repr(error))


async def _forget_clips(stages: Stages) -> None:
    """Delete the clips of an earlier start: the URL now leads to another file."""
    log.warning("source changed between attempts")
    context, files = stages.context, prefix(stages.job.job_id)
    await job_queue.drop_clips(context.db, stages.job, files)
    await disposal.clear(context.db, context.storage, files)
