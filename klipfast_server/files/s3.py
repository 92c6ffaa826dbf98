"""The same storage in a bucket: multipart upload, presigned links. Credentials are boto's own."""

import asyncio
import mimetypes
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import structlog
from aiobotocore.config import AioConfig  # type: ignore[import-untyped]
from aiobotocore.session import get_session  # type: ignore[import-untyped]
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from klipfast_server.core import config as settings
from klipfast_server.core.tasks import settle

log = structlog.get_logger()

PART = 16 << 20  # bytes of one part; S3 wants at least 5 MiB
SETTLE_S = 1.0  # that a canceled call is given to end
LONGEST_LINK_S = 7 * 24 * 3600  # a presigned link cannot live longer; a later answer has a new one


class S3Storage:
    """Objects below `prefix` of one bucket; made by `connected`."""

    def __init__(self, client: Any, bucket: str, prefix: str) -> None:
        """`client` is aiobotocore's for S3."""
        self.client = client
        self._bucket = bucket
        self._prefix = prefix

    async def put(self, path: Path, key: str) -> None:
        """Uploads the file and then removes it here; an object appears only when it is whole."""
        target = {"Bucket": self._bucket, "Key": self._prefix + key}
        kind = mimetypes.guess_type(key)[0] or "application/octet-stream"
        if path.stat().st_size <= PART:
            body = await asyncio.to_thread(path.read_bytes)
            await _settled(self.client.put_object(**target, Body=body, ContentType=kind))
        else:
            await self._put_parts(path, target, kind)
        await asyncio.to_thread(path.unlink)

    async def _put_parts(self, path: Path, target: dict[str, str], kind: str) -> None:
        beginning = asyncio.ensure_future(
            self.client.create_multipart_upload(**target, ContentType=kind)
        )
        try:
            begun = await asyncio.shield(beginning)
            upload = {**target, "UploadId": begun["UploadId"]}
            parts = [part async for part in self._sent_parts(path, upload)]
            await _settled(
                self.client.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
            )
        except BaseException:
            begun = await beginning  # canceled meanwhile: what has no id yet cannot be given up
            await self._give_up(target | {"UploadId": begun["UploadId"]})
            raise

    async def _give_up(self, upload: dict[str, str]) -> None:
        """Parts of an upload that is never completed cost money until it is given up."""
        try:
            await self.client.abort_multipart_upload(**upload)
        except (ClientError, BotoCoreError) as error:  # such as one that was completed after all
            log.warning("multipart upload not aborted", key=upload["Key"], error=repr(error))

    async def _sent_parts(
        self, path: Path, upload: dict[str, str]
    ) -> AsyncIterator[dict[str, object]]:
        with await asyncio.to_thread(path.open, "rb") as file:
            number = 0
            while chunk := await asyncio.to_thread(file.read, PART):
                number += 1
                sent = await self.client.upload_part(**upload, PartNumber=number, Body=chunk)
                yield {"PartNumber": number, "ETag": sent["ETag"]}

    async def sign(
        self,
        key: str,
        *,
        expires_at: datetime,
        name: str,
        base_url: str,  # noqa: ARG002 - the bucket has a URL of its own
    ) -> str:
        """A presigned link; `base_url` does not matter, the bucket has its own."""
        left_s = int((expires_at - datetime.now(UTC)).total_seconds())
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        manner = "inline" if kind.startswith("image/") else "attachment"
        link: str = await self.client.generate_presigned_url(
            "get_object",
            Params={
                "Bucket": self._bucket,
                "Key": self._prefix + key,
                "ResponseContentType": kind,
                "ResponseContentDisposition": f"{manner}; filename*=UTF-8''{quote(name, safe='')}",
            },
            ExpiresIn=max(1, min(LONGEST_LINK_S, left_s)),
        )
        return link

    async def delete(self, prefix: str) -> None:
        """Deletes the object of that key, and all below it as if it were a folder."""
        whole = self._prefix + prefix
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=whole
        )
        async for page in pages:
            for item in page.get("Contents", ()):
                if item["Key"] == whole or item["Key"].startswith(whole + "/"):
                    await self.client.delete_object(Bucket=self._bucket, Key=item["Key"])

    async def untouched(self, prefix: str, since: float) -> list[str]:  # noqa: ARG002 - see below
        """None: other servers, with other databases, may keep their jobs in the same bucket."""
        return []


async def _settled(call: Coroutine[Any, Any, object]) -> None:
    """Wait for a call. Canceled, it may still end: the bucket has its last byte perhaps, and must
    not make an object of it after that was deleted.
    """
    await settle(call, within_s=SETTLE_S)


@asynccontextmanager
async def connected(config: settings.S3) -> AsyncIterator[S3Storage]:
    """A storage in that bucket, which must exist."""
    async with get_session().create_client(
        "s3",
        region_name=config.region,
        endpoint_url=config.endpoint_url or None,
        config=AioConfig(
            signature_version="s3v4",
            retries={"max_attempts": 5, "mode": "standard"},
            connect_timeout=10,
            read_timeout=60,
        ),
    ) as client:
        yield S3Storage(client, config.bucket, config.prefix)
