"""Calls of a bucket: made again while it is away, and its errors in words."""

import asyncio
import functools
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import aiohttp
import structlog
from botocore.exceptions import (  # type: ignore[import-untyped]
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
)

from klipfast_server.files.storage import StorageAway, StorageError, StorageRefuses

log = structlog.get_logger()

Result = TypeVar("Result")

CALL_S = 60.0  # maximum seconds of a call without a body
MIN_BYTES_PER_S = 20_000  # slowest transfer of a body; a slower bucket counts as one that hangs
FIRST_PAUSE_S, MAX_PAUSE_S = 0.2, 10.0  # before further calls, doubled each time
TOO_MANY = 429
PASSING = frozenset({"RequestTimeout", "SlowDown", "Throttling", "OperationAborted", "BadDigest"})
MISSING = frozenset({"NoSuchKey", "404"})  # "404" where the answer has no body
CHECK = "the server's administrator has to check the credentials and storage.s3"


class ObjectGone(StorageRefuses):
    """The bucket has no such object."""


class UploadGone(StorageAway):
    """The bucket has lost an upload in parts, or has completed it before."""


class Calls:
    """The calls of one bucket, by a client of aiobotocore."""

    def __init__(self, client: Any, bucket: str, retry_s: float) -> None:
        """`retry_s`: seconds for which a call that fails is made again."""
        self.client = client
        self._bucket = bucket
        self._retry_s = retry_s

    async def insist(
        self, operation: str, *, size_bytes: int = 0, retry_s: float | None = None, **named: Any
    ) -> Any:
        """Make a call with a body of `size_bytes`, again while the bucket is away.

        Raises StorageAway once that has lasted for `retry_s`, and StorageRefuses at once.
        """
        call = functools.partial(self.once, operation, size_bytes=size_bytes, **named)
        return await self.outlast(operation, call, retry_s=retry_s)

    async def outlast(
        self,
        name: str,
        call: Callable[[], Awaitable[Result]],
        *,
        retry_s: float | None = None,
    ) -> Result:
        """Make `call` again while it raises StorageAway, like `insist`; `name` is for the log."""
        deadline = time.monotonic() + (self._retry_s if retry_s is None else retry_s)
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                return await call()
            except UploadGone:
                raise
            except StorageAway as error:
                if time.monotonic() + pause_s > deadline:
                    raise
                log.warning("storage call failed", call=name, error=repr(error.__cause__))
            await asyncio.sleep(pause_s * random.uniform(0.5, 1.0))
            pause_s = min(2 * pause_s, MAX_PAUSE_S)

    async def once(self, operation: str, *, size_bytes: int = 0, **named: Any) -> Any:
        """Make a call once. Raises StorageAway or StorageRefuses."""
        with in_words():
            async with asyncio.timeout(CALL_S + size_bytes / MIN_BYTES_PER_S):
                return await getattr(self.client, operation)(Bucket=self._bucket, **named)


@contextmanager
def in_words() -> Iterator[None]:
    """Turn errors of the bucket, or of the way there, into errors of the storage."""
    try:
        yield
    except ClientError as error:
        raise _answered(error) from error
    except (NoCredentialsError, PartialCredentialsError, ParamValidationError) as error:
        raise StorageRefuses(f"The server's storage cannot be used: {CHECK}.") from error
    except (BotoCoreError, aiohttp.ClientError, OSError) as error:  # with TimeoutError
        raise StorageAway("The server's storage does not answer; try again later.") from error


def is_missing(error: StorageError) -> bool:
    """Whether the bucket has no such object."""
    cause = error.__cause__
    return isinstance(cause, ClientError) and cause.response.get("Error", {}).get("Code") in MISSING


def _answered(error: ClientError) -> StorageError:
    code = error.response.get("Error", {}).get("Code", "")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
    without_body = code == "404" and error.operation_name == "HeadObject"  # a HEAD has none
    if code == "NoSuchKey" or without_body:
        return ObjectGone("The server's storage no longer has a file that is needed.")
    if code == "NoSuchUpload":
        return UploadGone("The server's storage has lost a part of the file; try again later.")
    if status >= 500 or status == TOO_MANY or code in PASSING:
        return StorageAway(f"The server's storage is overloaded ({code}); try again later.")
    return StorageRefuses(f"The server's storage {_refusal(status)} ({code}): {CHECK}.")


def _refusal(status: int) -> str:
    if status in (401, 403):
        return "refuses access"
    return "is not found" if status in (301, 404) else "refuses the file"
