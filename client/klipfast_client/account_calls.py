"""The calls about what an account has: its brands, usage, keys and webhooks."""

# As in api_client.py.
from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Unpack

from klipfast_client import models, transfers
from klipfast_client.http_calls import Calls, part


class AccountCalls:
    """A part of `Client`."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def add_brand(
        self, name: str, **settings: Unpack[models.BrandOptions]
    ) -> models.BrandDetail:
        """Create a brand; `settings` as in the API, such as caption_style={"base": "boxed"}."""
        body = {"name": name, **settings}
        return await self._calls.post("/api/v1/brands", models.BrandDetail, body)

    async def brands(self) -> list[models.BrandDetail]:
        """List the brands."""
        return (await self._calls.get("/api/v1/brands", models.BrandList)).brands

    async def brand(self, brand_id: str) -> models.BrandDetail:
        """Get a brand."""
        path = f"/api/v1/brands/{part(brand_id)}"
        return await self._calls.get(path, models.BrandDetail)

    async def change_brand(
        self, brand_id: str, **changes: Unpack[models.BrandChangesOptions]
    ) -> models.BrandDetail:
        """Change a brand; what is not named stays."""
        path = f"/api/v1/brands/{part(brand_id)}"
        return await self._calls.patch(path, models.BrandDetail, changes)

    async def delete_brand(self, brand_id: str) -> None:
        """Delete a brand and its files; one already deleted is no error."""
        await self._calls.delete(f"/api/v1/brands/{part(brand_id)}")

    async def put_brand_file(
        self, brand_id: str, kind: models.BrandFileKind, path: str | Path
    ) -> models.BrandDetail:
        """Upload a font, logo, intro or outro. A 422 says why it cannot be used."""
        where = f"/api/v1/brands/{part(brand_id)}/{part(kind)}"
        return await transfers.put(self._calls, where, Path(path), models.BrandDetail)

    async def delete_brand_file(self, brand_id: str, kind: models.BrandFileKind) -> None:
        """Delete one of its files; one already deleted is no error."""
        await self._calls.delete(f"/api/v1/brands/{part(brand_id)}/{part(kind)}")

    async def brand_preview(
        self, brand_id: str, *, aspect_ratio: models.AspectRatio = "9:16"
    ) -> bytes:
        """Get a picture of a clip in the brand's style, a PNG."""
        path = f"/api/v1/brands/{part(brand_id)}/preview"
        return await self._calls.content(path, aspect_ratio=aspect_ratio)

    async def usage(self) -> models.Usage:
        """Get usage and plan limits."""
        return await self._calls.get("/api/v1/usage", models.Usage)

    async def operator(self) -> models.Operated:
        """Get the whole server's state, for the account that operates it."""
        return await self._calls.get("/api/v1/operator", models.Operated)

    async def keys(self) -> list[models.Key]:
        """List the valid keys of the account."""
        return (await self._calls.get("/api/v1/keys", models.KeyList)).keys

    async def add_key(self, **options: Unpack[models.KeyOptions]) -> models.CreatedKey:
        """Create a key; it is returned only here."""
        return await self._calls.post("/api/v1/keys", models.CreatedKey, options)

    async def delete_key(self, key_id: str) -> None:
        """Delete a key, which then is refused; one already deleted is no error."""
        await self._calls.delete(f"/api/v1/keys/{part(key_id)}")

    async def sessions(self) -> list[models.Session]:
        """List the browsers that are signed in."""
        return (await self._calls.get("/api/v1/sessions", models.SessionList)).sessions

    async def delete_session(self, session_id: str) -> None:
        """Sign a browser out; one already signed out is no error."""
        await self._calls.delete(f"/api/v1/sessions/{part(session_id)}")

    async def add_webhook(
        self, url: str, events: Sequence[models.Event] | None = None
    ) -> models.CreatedWebhook:
        """Create a webhook for these events, or the usual ones; its secret is returned only here.

        `verify_webhook` needs the secret.
        """
        body = {"url": url} | ({} if events is None else {"events": list(events)})
        return await self._calls.post("/api/v1/webhooks", models.CreatedWebhook, body)

    async def ping_webhook(self, webhook_id: str) -> models.Delivery:
        """Send a ping, to try a webhook."""
        return await self._calls.post(f"/api/v1/webhooks/{part(webhook_id)}/ping", models.Delivery)

    async def webhooks(self) -> list[models.Webhook]:
        """List the webhooks."""
        return (await self._calls.get("/api/v1/webhooks", models.WebhookList)).webhooks

    async def delete_webhook(self, webhook_id: str) -> None:
        """Delete a webhook; one already deleted is no error."""
        await self._calls.delete(f"/api/v1/webhooks/{part(webhook_id)}")

    async def deliveries(
        self, webhook_id: str, *, limit: int = 20, cursor: str | None = None
    ) -> models.DeliveryList:
        """Get a page of the deliveries of a webhook, newest first."""
        path = f"/api/v1/webhooks/{part(webhook_id)}/deliveries"
        return await self._calls.get(path, models.DeliveryList, limit=limit, cursor=cursor)

    async def job_deliveries(
        self, job_id: str, *, limit: int = 20, cursor: str | None = None
    ) -> models.DeliveryList:
        """Get a page of the deliveries to a job's webhook_url, newest first."""
        path = f"/api/v1/jobs/{part(job_id)}/deliveries"
        return await self._calls.get(path, models.DeliveryList, limit=limit, cursor=cursor)

    async def replay(self, webhook_id: str, delivery_id: str) -> models.Delivery:
        """Send a message of a webhook again."""
        path = f"/api/v1/webhooks/{part(webhook_id)}/deliveries/{part(delivery_id)}/replay"
        return await self._calls.post(path, models.Delivery)

    async def replay_job_delivery(self, job_id: str, delivery_id: str) -> models.Delivery:
        """Send a message to a job's webhook_url again."""
        path = f"/api/v1/jobs/{part(job_id)}/deliveries/{part(delivery_id)}/replay"
        return await self._calls.post(path, models.Delivery)

    async def job_webhook_secret(self, *, rotate: bool = False) -> str:
        """Get the secret that signs messages to a job's webhook_url."""
        path, kind = "/api/v1/webhook-secret", models.WebhookSecret
        if rotate:
            return (await self._calls.post(f"{path}/rotate", kind)).secret
        return (await self._calls.get(path, kind)).secret
