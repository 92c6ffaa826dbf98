"""Sources that are kept for as long as the clips that were made from them.

A kept source is an upload. Both functions name the owner of the job's lease; LeaseLost means that
another worker has the job now.
"""

import msgspec

from klipfast_server.core.config import Config
from klipfast_server.core.errors import OverLimit
from klipfast_server.schema.vocabulary import SourceInfo
from klipfast_server.store import accounts, usage
from klipfast_server.store.database import Database
from klipfast_server.store.faults import outlast, rerun
from klipfast_server.store.intake.uploads import Received
from klipfast_server.store.queue.job_queue import ClaimedJob, LeaseLost, holding


@outlast
@rerun
async def keep_download(
    db: Database,
    config: Config,
    job: ClaimedJob,
    received: Received,
    *,
    upload_id: str,
    info: SourceInfo,
) -> bool:
    """Record the file that a job has downloaded as an upload that lasts as long as its clips.

    Return whether the plan has room for it. Raises LeaseLost.
    """
    async with db.pool.acquire() as connection, connection.transaction():
        account = await accounts.lock(db, connection, job.account_id)
        if await connection.fetchval(db.sql["lock_job"], job.job_id, job.lease_owner) is None:
            raise LeaseLost
        plan = config.plans[account.plan]
        try:
            await usage.make_room(db, connection, account, plan, more_bytes=received.size_bytes)
        except OverLimit:
            await connection.execute(db.sql["set_kept_source"], job.job_id, None, True)
            return False
        await connection.execute(
            db.sql["keep_download"],
            job.job_id,
            upload_id,
            job.file_name or "video",
            received.size_bytes,
            received.sha256,
            msgspec.json.encode(info).decode(),
        )
        await connection.execute(db.sql["set_kept_source"], job.job_id, upload_id, False)
        return True


@outlast
@rerun
async def keep_upload(db: Database, job: ClaimedJob, upload_id: str) -> None:
    """Keep an upload as long as the clips of a job that was made from it; it may be gone.

    Raises LeaseLost.
    """
    async with holding(db, job) as connection:
        kept = await connection.fetchval(db.sql["keep_upload"], job.job_id, upload_id)
        await connection.execute(db.sql["set_kept_source"], job.job_id, kept, False)
