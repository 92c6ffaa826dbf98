"""Storage in an S3 bucket: multipart upload, presigned links. boto finds the credentials."""

import asyncio
import mimetypes
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from aiobotocore.config import AioConfig  # type: ignore[import-untyped]
from aiobotocore.session import get_session  # type: ignore[import-untyped]

from klipfast_server.core import config as settings
from klipfast_server.core.content_disposition import content_disposition
from klipfast_server.core.errors import NotFound
from klipfast_server.core.tasks import settle
from klipfast_server.files import signed_links
from klipfast_server.files.s3_calls import (
    CALL_S,
    MIN_BYTES_PER_S,
    Calls,
    ObjectGone,
    UploadGone,
    in_words,
    is_missing,
)
from klipfast_server.files.storage import (
    READ_BYTES,
    OpenFile,
    StorageAway,
    StorageError,
    StorageRefuses,
)

log = structlog.get_logger()

MAX_SETTLE_S = 1.0  # for a canceled call to end
ABORT_S = 2.0  # for an upload to be aborted, by one who has been canceled
DELETE_RETRY_S = 10.0  # how long a deletion is retried; sweeps try again later
CHECK_S = 10.0  # how long the bucket may take to answer at server start
MAX_READ_S = 24 * 3600  # boto's read timeout, never reached: Calls bounds calls by body size
MAX_LINK_S = 7 * 24 * 3600  # limit of presigned links
REDIRECT_S = 3600.0  # how long the address to which our link redirects is valid


class S3Storage:
    """Objects below `prefix` of one bucket; created by `connected`."""

    def __init__(self, client: Any, config: settings.S3, secret: bytes | None) -> None:
        """`client` is aiobotocore's for S3. `secret` signs links of the server's own."""
        self._secret = secret
        self.client = client
        self._bucket = config.bucket
        self._prefix = config.prefix
        self._part_bytes = config.part_bytes
        self._calls = Calls(client, config.bucket, config.retry_s)

    async def put(self, path: Path, key: str) -> None:
        """Upload the file and remove it here; an object appears only when it is complete."""
        whole, size_bytes = self._prefix + key, path.stat().st_size
        kind = mimetypes.guess_type(key)[0] or "application/octet-stream"
        if size_bytes <= self._part_bytes:
            body = await asyncio.to_thread(path.read_bytes)
            await _settle(
                self._calls.insist(
                    "put_object", size_bytes=size_bytes, Key=whole, Body=body, ContentType=kind
                )
            )
        else:
            try:
                await self._put_parts(path, whole, kind)
            except UploadGone:  # a bucket that was restored, or one that had completed it
                await self._put_parts(path, whole, kind)
            await self._abort_others(whole)
        await asyncio.to_thread(path.unlink)

    async def _put_parts(self, path: Path, key: str, kind: str) -> None:
        beginning = asyncio.ensure_future(
            self._calls.insist("create_multipart_upload", Key=key, ContentType=kind)
        )
        try:
            begun = await asyncio.shield(beginning)
            upload = {"Key": key, "UploadId": begun["UploadId"]}
            parts = [part async for part in self._sent_parts(path, upload)]
            await _settle(
                self._calls.insist(
                    "complete_multipart_upload", **upload, MultipartUpload={"Parts": parts}
                )
            )
        except BaseException:
            await self._give_up(beginning, key)
            raise

    async def _give_up(self, beginning: "asyncio.Future[Any]", key: str) -> None:
        """Abort an upload: parts of an incomplete upload cost money."""
        try:
            async with asyncio.timeout(ABORT_S):
                begun = await beginning  # on cancellation: only its id aborts an upload
                await self._calls.once(
                    "abort_multipart_upload", Key=key, UploadId=begun["UploadId"]
                )
        except (StorageError, TimeoutError) as error:  # `delete` aborts it
            log.warning("multipart upload not aborted", key=key, error=repr(error))

    async def _sent_parts(
        self, path: Path, upload: dict[str, Any]
    ) -> AsyncIterator[dict[str, object]]:
        with await asyncio.to_thread(path.open, "rb") as file:
            number = 0
            while chunk := await asyncio.to_thread(file.read, self._part_bytes):
                number += 1
                sent = await self._calls.insist(
                    "upload_part", size_bytes=len(chunk), **upload, PartNumber=number, Body=chunk
                )
                yield {"PartNumber": number, "ETag": sent["ETag"]}

    async def _abort_others(self, key: str) -> None:
        """Abort uploads of an object that is complete: a killed server may have begun them."""
        try:
            await self._abort_below(key)
        except StorageAway as error:
            log.warning("multipart uploads not looked for", key=key, error=repr(error))

    async def fetch(self, key: str, path: Path) -> None:
        """Download the object, again from its start while the bucket is away."""
        try:
            await self._calls.outlast(
                "get_object", partial(self._download, self._prefix + key, path)
            )
        except ObjectGone as error:
            raise FileNotFoundError(key) from error

    async def _download(self, key: str, path: Path) -> None:
        found = await self._calls.once("get_object", Key=key)
        with in_words():
            async with asyncio.timeout(CALL_S + found["ContentLength"] / MIN_BYTES_PER_S):
                async with found["Body"] as body:  # which is closed, however that ends
                    with await asyncio.to_thread(path.open, "wb") as file:
                        async for chunk in body.iter_chunks(READ_BYTES):
                            await asyncio.to_thread(file.write, chunk)

    async def reach(self) -> None:
        """Ask the bucket once whether it is there. Raises StorageError."""
        await self._calls.once("head_bucket")

    async def check(self) -> None:
        """Raise StorageRefuses if the bucket cannot be used; one that is away may come back."""
        try:
            async with asyncio.timeout(CHECK_S):
                await self.reach()
        except (StorageAway, TimeoutError) as error:
            log.warning("storage not reached", bucket=self._bucket, error=repr(error))

    async def try_out(self) -> str:
        """Write, read and delete an object; return the bucket's Date header. Raises StorageError.

        Its key is new, so nothing of the server's is touched.
        """
        key, body = f"{self._prefix}klipfast-check-{secrets.token_hex(8)}", b"klipfast"
        written = await self._calls.once("put_object", Key=key, Body=body)
        try:
            got = await self._calls.once("get_object", Key=key)
            async with got["Body"] as stream:
                with in_words():
                    found = await stream.read()
        finally:
            await self._calls.once("delete_object", Key=key)
        if found != body:
            raise StorageRefuses(
                f"The bucket {self._bucket} returned other bytes than it was sent."
            )
        return str(written["ResponseMetadata"]["HTTPHeaders"].get("date", ""))

    async def sign(self, key: str, *, expires_at: datetime, name: str, base_url: str) -> str:
        """Return a link of this server, which leads to the bucket; it lasts as long as it says.

        Without a secret, return one of the bucket's own, which lasts for seven days at most.
        """
        if self._secret is None:
            return await self._presigned(key, expires_at=expires_at, name=name)
        return signed_links.sign(
            self._secret, key, expires_at=expires_at, name=name, base_url=base_url
        )

    async def resolve(self, key: str, *, expires: str, name: str, signature: str) -> str:
        """Return an address in the bucket for the next hour. Raises LinkRefused."""
        signed_links.check(
            self._secret or b"", key, expires=expires, name=name, signature=signature
        )
        soon = datetime.now(UTC) + timedelta(seconds=REDIRECT_S)
        with in_words():
            return await self._presigned(key, expires_at=soon, name=name)

    async def _presigned(self, key: str, *, expires_at: datetime, name: str) -> str:
        left_s = int((expires_at - datetime.now(UTC)).total_seconds())
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        shown = content_disposition(name, inline=kind.startswith("image/"))
        link: str = await self.client.generate_presigned_url(
            "get_object",
            Params={
                "Bucket": self._bucket,
                "Key": self._prefix + key,
                "ResponseContentType": kind,
                "ResponseContentDisposition": shown,
            },
            ExpiresIn=max(1, min(MAX_LINK_S, left_s)),
        )
        return link

    @asynccontextmanager
    async def opened(self, key: str) -> AsyncIterator[OpenFile]:
        """Read the object as it comes."""
        try:
            got = await self._calls.once("get_object", Key=self._prefix + key)
        except StorageRefuses as error:
            if is_missing(error):
                raise NotFound("This file has been deleted.") from error
            raise
        async with got["Body"] as body:
            yield OpenFile(size_bytes=got["ContentLength"], chunks=_chunks(body))

    async def delete(self, prefix: str) -> None:
        """Delete the object with that key, all objects below it as in a folder, and their parts."""
        whole = self._prefix + prefix
        async for page in self._pages("list_objects_v2", whole):
            # at most a thousand keys, as many as one call deletes
            items = page.get("Contents", ())
            keys = [{"Key": item["Key"]} for item in items if _is_below(item["Key"], whole)]
            if keys:
                answer = await self._quick(
                    "delete_objects", Delete={"Objects": keys, "Quiet": True}
                )
                if failed := answer.get("Errors"):
                    raise OSError(f"{failed[0]['Key']} was not deleted: {failed[0].get('Code')}")
        await self._abort_below(whole)

    async def _abort_below(self, whole: str) -> None:
        """Abort unfinished uploads of that key and of those below it. Raises StorageAway."""
        try:
            async for page in self._pages("list_multipart_uploads", whole):
                uploads = {item["UploadId"]: item["Key"] for item in page.get("Uploads", ())}
                for upload_id, key in uploads.items():
                    if _is_below(key, whole):
                        await self._abort(key, upload_id)
        except StorageRefuses as error:  # not every bucket tells them
            log.info("multipart uploads not listed", error=repr(error))

    async def _abort(self, key: str, upload_id: str) -> None:
        with suppress(UploadGone):
            await self._quick("abort_multipart_upload", Key=key, UploadId=upload_id)

    async def _pages(self, operation: str, prefix: str) -> AsyncIterator[dict[str, Any]]:
        """Yield the pages of a listing; each is read before it is changed."""
        onward: dict[str, str] = {}
        while True:
            page = await self._quick(operation, Prefix=prefix, **onward)
            yield page
            if not page.get("IsTruncated"):
                return
            names = {
                "NextContinuationToken": "ContinuationToken",
                "NextKeyMarker": "KeyMarker",
                "NextUploadIdMarker": "UploadIdMarker",
            }
            onward = {ours: page[theirs] for theirs, ours in names.items() if theirs in page}

    async def _quick(self, operation: str, **named: Any) -> Any:
        return await self._calls.insist(operation, retry_s=DELETE_RETRY_S, **named)

    async def first_key(self, prefix: str) -> str | None:
        """Return the key of one object below `prefix`; None where there is none."""
        page = await self._quick("list_objects_v2", Prefix=f"{self._prefix}{prefix}/", MaxKeys=1)
        keys = [str(item["Key"]) for item in page.get("Contents", ())]
        return keys[0].removeprefix(self._prefix) if keys else None

    async def untouched(self, prefix: str, since: float) -> list[str]:  # noqa: ARG002 - see below
        """Return nothing: servers with other databases may store jobs in the same bucket."""
        return []


async def _chunks(body: Any) -> AsyncGenerator[bytes, None]:
    """Yield the bytes of an object. Raises StorageAway."""
    while True:
        with in_words():
            async with asyncio.timeout(CALL_S):
                chunk: bytes = await body.read(READ_BYTES)
        if not chunk:
            return
        yield chunk


def _is_below(key: str, whole: str) -> bool:
    return key == whole or key.startswith(whole + "/")


async def _settle(call: Coroutine[Any, Any, object]) -> None:
    """Wait for a call. A canceled call may still complete, because the bucket may have its last
    byte; it must not create an object after that object was deleted.
    """
    await settle(call, within_s=MAX_SETTLE_S)


@asynccontextmanager
async def connected(config: settings.S3, secret: bytes | None = None) -> AsyncIterator[S3Storage]:
    """Yield a storage in a bucket, which must exist; `secret` as in S3Storage."""
    async with get_session().create_client(
        "s3",
        region_name=config.region,
        endpoint_url=config.endpoint_url or None,
        config=AioConfig(
            signature_version="s3v4",
            retries={"total_max_attempts": 1, "mode": "standard"},  # s3_calls makes them again
            connect_timeout=10,
            read_timeout=MAX_READ_S,
        ),
    ) as client:
        yield S3Storage(client, config, secret)
