"""Writes webhook messages in the transaction of the change they report.

So a crash loses no message, and none is sent about what did not happen. Delivery is elsewhere.
"""

from datetime import UTC, datetime

import msgspec

from klipfast_server import serializers
from klipfast_server.core import identifiers, webhook_signatures
from klipfast_server.core.config import Config
from klipfast_server.files.storage import Storage
from klipfast_server.schema import clip_responses, job_responses, vocabulary
from klipfast_server.schema.account.webhooks import (
    USUAL_EVENTS,
    Delivery,
    FailedClip,
    Message,
    Ping,
    ReadyClip,
    Webhook,
)
from klipfast_server.store import jobs
from klipfast_server.store.database import Connection, Database
from klipfast_server.store.talks import clip_rows

Target = tuple[str | None, str]  # (webhook_id, url), None: the job's own
Targets = list[Target]
EVENTS: dict[vocabulary.Status, vocabulary.Event] = {
    "processing": "job.started",
    "completed": "job.completed",
    "failed": "job.failed",
    "canceled": "job.canceled",
}


class Outbox:
    """Renders each event once, as the API would answer now; its links expire with the clips."""

    def __init__(self, db: Database, storage: Storage, config: Config) -> None:
        self._db = db
        self._storage = storage
        self._config = config

    async def job_changed(self, connection: Connection, account_id: str, job_id: str) -> None:
        """Write that a job has started, completed, failed or been canceled, as it is now."""
        row = await connection.fetchrow(self._db.sql["get_job"], job_id, account_id)
        job = msgspec.convert(dict(row), jobs.Job) if row is not None else None
        event = EVENTS.get(job.status) if job is not None else None
        if job is None or event is None:
            return
        targets, base = await self._targets(connection, account_id, job_id, event)
        if targets:
            rows = await connection.fetch(self._db.sql["job_clips"], job_id, account_id)
            found = await clip_rows.corrected([clip_rows.as_clip(row) for row in rows])
            clips = [await self._clip(clip, base) for clip in found]
            message = _message(event, serializers.job_detail(job, clips))
            await self._note(connection, account_id, job_id, message, targets)

    async def clip_ready(self, connection: Connection, account_id: str, clip_id: str) -> None:
        """Write clip.ready, with the clip as its job shows it."""
        row = await connection.fetchrow(self._db.sql["get_clip"], clip_id, account_id)
        if row is None:
            return
        [clip] = await clip_rows.corrected([clip_rows.as_clip(row)])
        targets, base = await self._targets(connection, account_id, clip.job_id, "clip.ready")
        if targets:
            shown = await self._clip(clip, base)
            data = ReadyClip(job_id=clip.job_id, **msgspec.structs.asdict(shown))
            message = _message("clip.ready", data)
            await self._note(connection, account_id, clip.job_id, message, targets)

    async def clip_failed(
        self, connection: Connection, account_id: str, failed: FailedClip
    ) -> None:
        """Write clip.failed."""
        targets, _ = await self._targets(connection, account_id, failed.job_id, "clip.failed")
        if targets:
            message = _message("clip.failed", failed)
            await self._note(connection, account_id, failed.job_id, message, targets)

    async def ping(self, account_id: str, webhook: Webhook) -> Delivery:
        """Write a ping for one webhook; return its delivery."""
        message = _message("ping", Ping(webhook_id=webhook.webhook_id))
        delivery_id = identifiers.new("dlv")
        async with self._db.pool.acquire() as connection, connection.transaction():
            await self._add(
                connection,
                message,
                (webhook.webhook_id, webhook.url),
                account_id=account_id,
                delivery_id=delivery_id,
            )
            await connection.execute(self._db.sql["notify_deliveries"])
        row = await self._db.pool.fetchrow(self._db.sql["get_delivery"], delivery_id)
        assert row is not None
        return msgspec.convert(dict(row), Delivery)

    async def _targets(
        self, connection: Connection, account_id: str, job_id: str, event: vocabulary.Event
    ) -> tuple[Targets, str]:
        """Return (endpoints, base URL of links); a job's own one is told the usual events."""
        sql, public = self._db.sql, self._config.server.public_url.rstrip("/")
        rows = await connection.fetch(sql["webhooks_for"], account_id, event)
        targets: Targets = [(row["webhook_id"], row["url"]) for row in rows]
        row = await connection.fetchrow(sql["job_webhook"], job_id)
        assert row is not None
        if row["webhook_url"] is not None and event in USUAL_EVENTS:
            await connection.execute(
                sql["ensure_job_webhook_secret"], account_id, webhook_signatures.new_secret()
            )
            targets.append((None, row["webhook_url"]))
        return targets, public or row["base_url"]

    async def _clip(self, clip: clip_rows.ClipRow, base: str) -> clip_responses.JobClip:
        return await serializers.job_clip(self._storage, clip, base)

    async def _note(
        self,
        connection: Connection,
        account_id: str,
        job_id: str,
        message: Message,
        targets: Targets,
    ) -> None:
        for target in targets:
            await self._add(
                connection,
                message,
                target,
                account_id=account_id,
                delivery_id=identifiers.new("dlv"),
                job_id=job_id,
            )
        await connection.execute(self._db.sql["notify_deliveries"])

    async def _add(
        self,
        connection: Connection,
        message: Message,
        target: Target,
        *,
        account_id: str,
        delivery_id: str,
        job_id: str | None = None,
    ) -> None:
        webhook_id, url = target
        await connection.execute(
            self._db.sql["add_delivery"],
            delivery_id,
            account_id,
            job_id,
            webhook_id,
            url,
            message.type,
            msgspec.json.encode(message),
            self._config.webhooks.give_up_s,
        )


def _message(
    event: vocabulary.Event, data: job_responses.JobDetail | ReadyClip | FailedClip | Ping
) -> Message:
    return Message(type=event, timestamp=vocabulary.moment(datetime.now(UTC)), data=data)
