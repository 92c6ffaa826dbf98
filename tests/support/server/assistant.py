"""An assistant that calls klipfast mcp by the protocol, with the SDK's own client."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import forked
import httpx2
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from project_paths import ROOT

MAIN = "import sys; from klipfast_server.cli.commands import main; sys.exit(main())"
WHERE = re.compile(r"MCP at (http://\S+) for")


class Assistant:
    """A connection to the tools."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.progress: list[float] = []  # progress of all calls

    async def call(self, tool: str, **arguments: Any) -> Any:
        """Return the JSON of a call that must succeed."""
        result: Any = await self.client.call_tool(tool, arguments, progress_callback=self._heard)
        assert not result.is_error, result.content
        told = result.structured_content
        assert json.loads(result.content[0].text) == told  # for clients that read text alone
        return told

    async def refused(self, tool: str, **arguments: Any) -> str:
        """Return why a call is refused; it must be."""
        result: Any = await self.client.call_tool(tool, arguments)
        assert result.is_error, result.content
        text: str = result.content[0].text
        return text

    async def ended(self, job_id: str) -> Any:
        """Wait for a job as an assistant does: again and again."""
        while not (job := await self.call("wait_for_job", job_id=job_id))["ended"]:
            pass
        return job

    async def _heard(self, progress: float, total: float | None, message: str | None) -> None:
        assert (total, bool(message)) == (1.0, True)
        self.progress.append(progress)


@asynccontextmanager
async def kept(connection: AbstractAsyncContextManager[Assistant]) -> AsyncIterator[Assistant]:
    """A connection for a fixture: it must be closed by the task that opened it."""
    opened: asyncio.Future[Assistant] = asyncio.get_running_loop().create_future()
    done = asyncio.Event()

    async def keep() -> None:
        try:
            async with connection as assistant:
                opened.set_result(assistant)
                await done.wait()
        except Exception as error:
            if opened.done():
                raise
            opened.set_exception(error)

    keeping = asyncio.create_task(keep())
    yield await opened
    done.set()
    await keeping


@asynccontextmanager
async def by_stdio(server: str, key: str, *options: str) -> AsyncIterator[Assistant]:
    """An assistant that starts klipfast mcp."""
    program, *arguments = await asyncio.to_thread(forked.relayed, ["mcp", *options], code=MAIN)
    command = StdioServerParameters(
        command=program,
        args=arguments,
        env={"PYTHONPATH": str(ROOT), "KLIPFAST_SERVER": server, "KLIPFAST_KEY": key},
    )
    async with Client(command) as client:
        yield Assistant(client)


@asynccontextmanager
async def by_http(address: str, key: str | None) -> AsyncIterator[Assistant]:
    """An assistant that calls a running klipfast mcp --http with a key."""
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=60) as calls,
        Client(streamable_http_client(address, http_client=calls)) as client,
    ):
        yield Assistant(client)


@asynccontextmanager
async def http_server(server: str, *options: str, **environ: str) -> AsyncIterator[str]:
    """The address of a running klipfast mcp --http."""
    words = ["mcp", "--http", "127.0.0.1:0", *options]
    process = await asyncio.create_subprocess_exec(
        *await asyncio.to_thread(forked.relayed, words, code=MAIN),
        stderr=asyncio.subprocess.PIPE,
        env={"PYTHONPATH": str(ROOT), "KLIPFAST_SERVER": server, **environ},
    )
    try:
        assert process.stderr is not None
        line = (await asyncio.wait_for(process.stderr.readline(), 60)).decode()
        found = WHERE.match(line)
        assert found is not None, line
        yield found[1]
    finally:
        process.terminate()
        await asyncio.wait_for(process.communicate(), 20)
