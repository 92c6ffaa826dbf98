"""The calls about the texts of a job: its thread, post and article, and its quotations."""

# As in api_client.py.
from __future__ import annotations

from typing import Unpack

from klipfast_client import models
from klipfast_client.http_calls import Calls, part


class TextCalls:
    """A part of `Client`."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def texts(self, job_id: str) -> models.JobTexts:
        """Get the texts of an ended job with their authors and sources."""
        return await self._calls.get(f"/api/v1/jobs/{part(job_id)}/texts", models.JobTexts)

    async def text(
        self,
        job_id: str,
        kind: models.TextKind,
        form: models.TextForm = "published",
    ) -> str:
        """Get one of the texts; as published, the article is Markdown."""
        path = f"/api/v1/jobs/{part(job_id)}/texts/{part(kind)}"
        return await self._calls.text(path, format=form)

    async def put_text(
        self, job_id: str, kind: models.TextKind, text: str, *, if_match: str | None = None
    ) -> models.JobText:
        """Replace a text by your own; its `warnings` name what nobody said.

        `if_match`: `etag` of the text that you edited; a 412 if another one is there by now.
        """
        path = f"/api/v1/jobs/{part(job_id)}/texts/{part(kind)}"
        condition = {} if if_match is None else {"If-Match": if_match}
        return await self._calls.put(path, models.JobText, {"text": text}, headers=condition)

    async def text_versions(self, job_id: str, kind: models.TextKind) -> models.TextVersions:
        """List the versions of a text, the current one first."""
        path = f"/api/v1/jobs/{part(job_id)}/texts/{part(kind)}/versions"
        return await self._calls.get(path, models.TextVersions)

    async def restore_text(
        self, job_id: str, kind: models.TextKind, version: int
    ) -> models.TextVersions:
        """Make a version of a text the current one again."""
        path = f"/api/v1/jobs/{part(job_id)}/texts/{part(kind)}/versions/{version}/restore"
        return await self._calls.post(path, models.TextVersions, {})

    async def quote_card(
        self,
        job_id: str,
        number: int,
        *,
        caption_style: str | None = None,
        aspect_ratio: models.CardShape = "4:5",
        brand_id: str | None = None,
    ) -> bytes:
        """Get a quotation, the first is 1, as a picture: a PNG.

        By default in the job's style, or with its brand; `brand_id` "none": without a brand.
        """
        path = f"/api/v1/jobs/{part(job_id)}/texts/quote_cards/{number}.png"
        return await self._calls.content(
            path, caption_style=caption_style, aspect_ratio=aspect_ratio, brand_id=brand_id
        )

    async def rewrite(
        self, job_id: str, kind: models.TextKind, **changes: Unpack[models.RewriteOptions]
    ) -> models.Accepted:
        """Write a text again, such as length="short"; `wait` for the job."""
        path = f"/api/v1/jobs/{part(job_id)}/texts/{part(kind)}"
        return await self._calls.post(path, models.Accepted, changes)
