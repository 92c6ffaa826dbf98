"""Whose key a call of a tool uses, which files it may send, and how a refusal is told."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias

import aiohttp
import msgspec
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError

from klipfast_client import ApiError, Client, connected
from klipfast_server.core import identifiers

PATIENCE_S = 8.0  # for short outages: whoever called waits for an answer
KEY_HINT = "klipfast-server keys create makes one"
NO_KEY = (
    "A KlipFast key is needed with each request: send the header Authorization: Bearer "
    f"{identifiers.KEY_PREFIX}…; {KEY_HINT}."
)
ToolContext: TypeAlias = Context[Any, Any]


class Access:
    """The KlipFast server, for whoever calls a tool.

    Without `key` each call uses the Bearer key that came with it, and none of ours: over HTTP
    anybody may call. `files`: the folder below which files may be sent; None: none may.
    """

    def __init__(self, server: str, *, key: str | None = None, files: Path | None = None) -> None:
        self.server = server
        self._key = key
        self._files = None if files is None else files.resolve()

    @asynccontextmanager
    async def client(self, ctx: ToolContext) -> AsyncIterator[Client]:
        """Yield a client with the caller's key. Every refusal becomes a ToolError that tells it."""
        key = self._key or key_of(ctx.headers or {})
        if key is None:
            raise ToolError(NO_KEY)
        try:
            async with connected(self.server, key, patience_s=PATIENCE_S) as client:
                yield client
        except (aiohttp.ClientError, TimeoutError) as error:
            raise ToolError(
                f"No KlipFast server responds at {self.server} ({error or type(error).__name__}). "
                "klipfast-server serve starts one; --server or KLIPFAST_SERVER of klipfast mcp "
                "names another. Submitted jobs continue when it is back."
            ) from error
        except ApiError as error:
            raise ToolError(_refusal(error)) from error
        except msgspec.DecodeError as error:
            raise ToolError(f"{self.server} answers, but not like a KlipFast server.") from error

    def file(self, source: str) -> Path:
        """Return the file that a path names. Raises ToolError unless it may be sent."""
        if self._files is None:
            raise ToolError(
                f"{source!r} is no URL. Over HTTP only http(s):// and upload:// are taken: files "
                "of the machine that serves MCP are not yours. Upload the file to KlipFast "
                "(POST /api/v1/uploads) and pass the video_url that it answers with."
            )
        try:
            path = Path(source).expanduser().resolve()
            inside, found = path.is_relative_to(self._files), path.is_file()
        except (OSError, RuntimeError, ValueError) as error:  # a NUL, a name too long, ~nobody
            raise ToolError(f"{source[:200]!r} is no path of a file: {error}") from error
        if not inside:
            raise ToolError(f"{path} lies outside {self._files}, the folder given with --files.")
        if not found:
            raise ToolError(f"There is no file {path}; a URL begins with http:// or https://.")
        return path


def key_of(headers: Mapping[str, str]) -> str | None:
    """Return the key of a call over HTTP; None where nothing has the form of one."""
    scheme, _, key = headers.get("authorization", "").partition(" ")
    key = key.strip()
    return key if scheme.lower() == "bearer" and identifiers.KEY.fullmatch(key) else None


def _refusal(error: ApiError) -> str:
    """Return the API's own message, with the words that tell refusals apart."""
    told = [str(error)]
    if error.code == "unauthorized":
        told.append(f"The key is refused by the KlipFast server; {KEY_HINT}.")
    if error.job_id:
        told.append(f"The other job is {error.job_id}.")
    named = error.code if error.reason is None else f"{error.code}, {error.reason}"
    trace = f", request {error.request_id}" if error.request_id else ""
    return f"{' '.join(told)} ({error.status} {named}{trace})"


def reporter(ctx: ToolContext) -> Callable[[float, str], Any]:
    """Return what tells the caller of progress, from 0 to 1, whenever it has grown."""
    told = -1.0

    async def report(fraction: float, message: str) -> None:
        nonlocal told
        if fraction > told:  # the protocol wants each to be more than the one before
            told = fraction
            await ctx.report_progress(fraction, 1.0, message)

    return report
