"""Storage in an S3 bucket: multipart upload, presigned links. boto finds the credentials."""

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

PART_BYTES = 16 << 20  # S3 requires at least 5 MiB
MAX_SETTLE_S = 1.0  # for a canceled call to end
MAX_LINK_S = 7 * 24 * 3600  # limit of presigned links; later responses have new ones


class S3Storage:
    """Objects below `prefix` of one bucket; created by `connected`."""

    def __init__(self, client: Any, bucket: str, prefix: str) -> None:
        """`client` is aiobotocore's for S3."""
        self.client = client
        self._bucket = bucket
        self._prefix = prefix

    async def put(self, path: Path, key: str) -> None:
        """Upload the file and remove it here; an object appears only when it is complete."""
        target = {"Bucket": self._bucket, "Key": self._prefix + key}
        kind = mimetypes.guess_type(key)[0] or "application/octet-stream"
        if path.stat().st_size <= PART_BYTES:
            body = await asyncio.to_thread(path.read_bytes)
            await _settle(self.client.put_object(**target, Body=body, ContentType=kind))
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
            await _settle(
                self.client.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
            )
        except BaseException:
            begun = await beginning  # on cancellation: an upload can be aborted only by its id
            await self._give_up(target | {"UploadId": begun["UploadId"]})
            raise

    async def _give_up(self, upload: dict[str, str]) -> None:
        """Abort an upload: parts of an incomplete upload cost money."""
        try:
            await self.client.abort_multipart_upload(**upload)
        except (ClientError, BotoCoreError) as error:  # for example if it was completed after all
            log.warning("multipart upload not aborted", key=upload["Key"], error=repr(error))

    async def _sent_parts(
        self, path: Path, upload: dict[str, str]
    ) -> AsyncIterator[dict[str, object]]:
        with await asyncio.to_thread(path.open, "rb") as file:
            number = 0
            while chunk := await asyncio.to_thread(file.read, PART_BYTES):
                number += 1
                sent = await self.client.upload_part(**upload, PartNumber=number, Body=chunk)
                yield {"PartNumber": number, "ETag": sent["ETag"]}

    async def prepare(self) -> None:
        """Sign a link for nobody: boto renews credentials that expire in the next minutes."""
        await self.client.generate_presigned_url(
            "get_object", Params={"Bucket": self._bucket, "Key": "none"}, ExpiresIn=1
        )

    async def sign(
        self,
        key: str,
        *,
        expires_at: datetime,
        name: str,
        base_url: str,  # noqa: ARG002 - the bucket has its own URL
    ) -> str:
        """Return a presigned link; `base_url` is not used, because the bucket has its own."""
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
            ExpiresIn=max(1, min(MAX_LINK_S, left_s)),
        )
        return link

    async def delete(self, prefix: str) -> None:
        """Delete the object with that key, and all objects below it as in a folder."""
        whole = self._prefix + prefix
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=whole
        )
        async for page in pages:  # at most a thousand keys, as many as one call deletes
            keys = [
                {"Key": item["Key"]}
                for item in page.get("Contents", ())
                if item["Key"] == whole or item["Key"].startswith(whole + "/")
            ]
            if keys:
                answer = await self.client.delete_objects(
                    Bucket=self._bucket, Delete={"Objects": keys, "Quiet": True}
                )
                if failed := answer.get("Errors"):
                    raise OSError(f"{failed[0]['Key']} was not deleted: {failed[0].get('Code')}")

    async def untouched(self, prefix: str, since: float) -> list[str]:  # noqa: ARG002 - see below
        """Return nothing: servers with other databases may store jobs in the same bucket."""
        return []


async def _settle(call: Coroutine[Any, Any, object]) -> None:
    """Wait for a call. A canceled call may still complete, because the bucket may have its last
    byte; it must not create an object after that object was deleted.
    """
    await settle(call, within_s=MAX_SETTLE_S)


@asynccontextmanager
async def connected(config: settings.S3) -> AsyncIterator[S3Storage]:
    """Yield a storage in a bucket, which must exist."""
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
