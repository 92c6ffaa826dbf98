"""Rewrites: jobs that write one text of a completed job again, with other options.

Such a job works on the talk of that job and needs neither its video nor a second transcription. It
is a job because a language model may take minutes: so it has progress, can be canceled, and waits
in the same queue. Its text replaces the one that is there when it completes.
"""

import dataclasses

import msgspec

from klipfast_server.schema.writing.text_requests import Rewrite
from klipfast_server.store import jobs, texts
from klipfast_server.store.database import Database
from klipfast_server.store.jobs import Submission
from pipeline.core.data import Options
from pipeline.core.texts import TextKind


async def submission(
    db: Database, account_id: str, job_id: str, kind: TextKind, asked: Rewrite
) -> Submission:
    """Return the job that writes the text again, or for the first time.

    What is not asked for stays as the text was last written. Raises NotFound, Conflict or
    BadRequest.
    """
    job = await jobs.get(db, account_id, job_id)
    texts.check_completed(job)
    if job.transcript_removed_at is not None:
        raise jobs.without_talk(job)
    row = await texts.find(db, account_id, job_id, kind)
    options = msgspec.json.decode(job.options, type=Options)
    before = options.text_options if row is None else row.written_with()
    return Submission(
        video_url="",
        identity=f"{kind} of {job_id}",
        options=dataclasses.replace(
            options,
            transcript=None,  # was used to hear the talk, and may be long
            text_outputs=(kind,),
            brand=None,
            text_options=asked.applied_to(before),
        ),
        duration_s=None,
        source_json=None,
        rewrite_of=job_id,
    )
