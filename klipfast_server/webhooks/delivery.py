"""Delivers webhook messages: at least once, one at a time per endpoint, retried with backoff.

A message is leased while it is sent; when a server is killed its leases expire and others send.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import asyncpg
import structlog

from klipfast_server.core import webhook_signatures
from klipfast_server.core.claim_loop import ClaimLoop
from klipfast_server.core.config import Config, Webhooks
from klipfast_server.net.guarded_client import FetchError, client
from klipfast_server.net.resolver import Resolver
from klipfast_server.store import delivery_queue, faults, notifications
from klipfast_server.store.database import Database
from klipfast_server.store.delivery_queue import GONE, ClaimedDelivery
from klipfast_server.telemetry.liveness import Liveness
from klipfast_server.telemetry.metrics import Metrics

log = structlog.get_logger()

JITTER = 0.1  # share by which a pause varies, so that simultaneous failures do not retry together
HEADERS = {"Content-Type": "application/json", "Accept": "*/*"}

# The first that matches is reported.
SENTENCES: tuple[tuple[type[Exception], str], ...] = (
    (TimeoutError, "The receiver did not answer within {total:g} seconds."),
    (aiohttp.ClientConnectorDNSError, "The host of the URL does not exist."),
    (UnicodeError, "The host of the URL does not exist."),  # a label that no name may have
    (aiohttp.ClientConnectorCertificateError, "The receiver's TLS certificate is not valid."),
    (aiohttp.ClientConnectorSSLError, "The receiver's TLS certificate is not valid."),
    (aiohttp.ClientConnectorError, "The receiver cannot be reached."),
    (Exception, "The connection closed before the receiver answered."),
)


class Deliverer:
    """The delivery attempts of this process."""

    def __init__(
        self, db: Database, config: Config, session: aiohttp.ClientSession, metrics: Metrics
    ) -> None:
        self._db = db
        self._settings = config.webhooks
        self._session = session
        self._metrics = metrics
        self.liveness = Liveness(config.lanes.poll_s)
        self._loop = ClaimLoop(
            "deliveries",
            claim=self._claim,
            at_once=lambda: config.webhooks.at_once,
            poll_s=config.lanes.poll_s,
            beat=self.liveness.beat,
            due_s=lambda: delivery_queue.next_s(db),
        )

    async def work(self) -> None:
        """Send whatever is due; never returns."""
        await self._loop.run()

    async def _claim(self) -> Coroutine[Any, Any, None] | None:
        claimed = await delivery_queue.claim(self._db, self._settings)
        return None if claimed is None else self._attempt(claimed)

    async def hear(self) -> None:
        """Wake on notifications; never returns."""
        await notifications.hear(self._db.url, delivery_queue.CHANNEL, lambda _: self._loop.wake())

    async def finish(self, grace_s: float) -> None:
        """Wait for attempts under way, and release those that do not end in time."""
        late = await self._loop.drain(grace_s)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _attempt(self, message: ClaimedDelivery) -> None:
        """Send once and record the outcome. If recording fails the lease expires."""
        try:
            try:
                status, error = await self._send(message)
            except asyncio.CancelledError:
                await delivery_queue.release(self._db, message)
                raise
            await self._settle(message, status, error)
        except (*faults.LOST, asyncpg.PostgresError, OSError) as trouble:
            log.warning("delivery outcome not recorded, lease will expire", error=repr(trouble))

    async def _send(self, message: ClaimedDelivery) -> tuple[int | None, str | None]:
        """Return (status, reason why it is not delivered). The response's body is not read."""
        signed = webhook_signatures.headers(message.delivery_id, message.payload, message.secrets)
        try:
            async with self._session.post(
                message.url,
                data=message.payload,
                headers=HEADERS | signed,
                allow_redirects=False,
            ) as response:
                status = response.status
        except FetchError as error:  # the guard at the socket
            return None, str(error)
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            return None, _sentence(error, self._settings)
        if 200 <= status < 300:
            return status, None
        note = " Redirects are not followed." if 300 <= status < 400 else ""
        return status, f"The receiver answered {status}.{note}"

    async def _settle(
        self, message: ClaimedDelivery, status: int | None, error: str | None
    ) -> None:
        result = "delivered"
        if error is None:
            assert status is not None
            await delivery_queue.delivered(self._db, message, status)
        elif status == GONE:
            result = "gone"
            await delivery_queue.gone(self._db, message)
        else:
            pause_s = pause_after(message.attempts, self._settings)
            again = await delivery_queue.not_delivered(self._db, message, status, error, pause_s)
            result = "retried" if again else "failed"
        self._metrics.webhooks.labels(result).inc()
        log.info(
            "webhook",
            result=result,
            delivery_id=message.delivery_id,
            event_type=message.event,
            attempt=message.attempts,
            status=status,
            reason=error,
        )


def pause_after(attempts: int, settings: Webhooks) -> float:
    """Return the seconds until the next attempt after `attempts`."""
    planned = settings.retries_s[min(attempts, len(settings.retries_s)) - 1]
    return planned * random.uniform(1 - JITTER, 1 + JITTER)


def _sentence(error: Exception, settings: Webhooks) -> str:
    return next(text for kind, text in SENTENCES if isinstance(error, kind)).format(
        total=settings.timeout_s
    )


@asynccontextmanager
async def delivering(db: Database, config: Config, metrics: Metrics) -> AsyncIterator[Deliverer]:
    """Run a deliverer while the block runs."""
    with ThreadPoolExecutor(config.webhooks.at_once, thread_name_prefix="names") as names:
        async with client(
            config.sources, total_s=config.webhooks.timeout_s, resolver=Resolver(names)
        ) as session:
            deliverer = Deliverer(db, config, session, metrics)
            try:
                async with deliverer.liveness.running(deliverer.work(), deliverer.hear()):
                    yield deliverer
            finally:
                await deliverer.finish(config.server.shutdown_grace_s)
