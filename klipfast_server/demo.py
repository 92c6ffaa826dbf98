"""python -m klipfast_server.demo VIDEO: a server of its own, one job over REST, a table of clips.

The server runs as a process beside this one, on a free port of this machine, with its data in
./data (or KLIPFAST_DATA_DIR); it is stopped at the end, whatever happens.
"""

import argparse
import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiohttp
import msgspec
from rich.console import Console
from rich.table import Table

from klipfast_server.cli import job_files, job_progress
from klipfast_server.client.api_client import ApiError, Client, JobProgress, connected
from klipfast_server.core import config
from klipfast_server.core.setting_names import ConfigError
from klipfast_server.schema import responses
from klipfast_server.store import accounts, database
from klipfast_server.store.database import DatabaseError
from klipfast_server.telemetry import logs
from pipeline.core.timecode import format_clock

ACCOUNT, PLAN = "demo", "business"
START_S = 90.0  # seconds a server may take to answer
STOP_S = 30.0  # seconds it may take to stop
CANCEL_S = 5.0  # seconds for taking back a job that nobody waits for any more


class DemoError(Exception):
    """The demo cannot go on; the text says why."""


def main() -> int:
    """0 when there are clips, 1 with the reason when there are none."""
    parser = argparse.ArgumentParser(prog="python -m klipfast_server.demo", description=__doc__)
    parser.add_argument("video", type=Path)
    parser.add_argument("--out", type=Path, default=Path("clips"), metavar="DIR")
    arguments = parser.parse_args()
    # a log or a pipe has no width of its own: leave room for the paths
    console = Console(width=None if sys.stdout.isatty() else 130)
    try:
        asyncio.run(_demo(arguments.video, arguments.out, console))
    except (DemoError, ApiError, ConfigError, DatabaseError, OSError) as error:
        console.print(f"[red]klipfast:[/] {error}", highlight=False)
        return 1
    except aiohttp.ClientError as error:
        console.print(f"[red]klipfast:[/] The server stopped answering: {error}", highlight=False)
        return 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        return 130
    return 0


async def _demo(video: Path, out: Path, console: Console) -> None:
    if not video.is_file():
        raise DemoError(f"There is no file {video}.")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environ = {"KLIPFAST_DATA_DIR": os.path.abspath("data"), **os.environ}
    environ |= {"KLIPFAST_HOST": "127.0.0.1", "KLIPFAST_PORT": str(port)}
    _end_when_told()
    loaded = config.load(environ=environ)
    logs.configure(msgspec.structs.replace(loaded.server, log_level="warning"))
    log_path = loaded.server.data_dir / "demo.log"
    console.print(f"server on 127.0.0.1:{port}, log in {log_path}", highlight=False)
    async with _server(environ, log_path) as server, database.opened(loaded) as db:
        made = await accounts.create_key(
            db, account=ACCOUNT, plan_name=PLAN, plan=loaded.plans[PLAN]
        )
        try:
            base_url = f"http://127.0.0.1:{port}"
            await _until_ready(base_url, server)
            async with connected(base_url, made.key) as client:
                await one_job(client, video, out, console)
        finally:
            await accounts.revoke_key(db, made.key_id)


def _end_when_told() -> None:
    """Let a polite kill and a closed terminal end the demo as Ctrl-C does: server and all."""
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:  # nohup has its own wish
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)


@asynccontextmanager
async def _server(environ: dict[str, str], log_path: Path) -> AsyncIterator[Process]:
    log_path.parent.mkdir(parents=True, exist_ok=True)
    with log_path.open("wb") as log:
        # In a group of its own: a terminal's Ctrl-C would stop it before its job is taken back.
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "klipfast_server", "serve"),
            env=environ,
            stdout=log,
            stderr=log,
            process_group=0,
        )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(STOP_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


async def _until_ready(base_url: str, server: Process) -> None:
    deadline = asyncio.get_running_loop().time() + START_S
    async with aiohttp.ClientSession() as session:
        while server.returncode is None and asyncio.get_running_loop().time() < deadline:
            with suppress(aiohttp.ClientError):
                async with session.get(f"{base_url}/readyz") as response:
                    if response.status == 200:
                        return
            await asyncio.sleep(0.1)
    raise DemoError("The server did not start; its log says why.")


async def one_job(client: Client, video: Path, out: Path, console: Console) -> None:
    """Submit `video`, watch the job, save its clips below `out`; a job broken off is canceled.

    Raises DemoError where there are no clips in the end.
    """
    job_id = await _submitted(client, video, console)
    try:
        job = await _watched(client, job_id, console)
    except BaseException:  # also Ctrl-C: left open, the job would refuse the next demo of the file
        with suppress(ApiError, aiohttp.ClientError, msgspec.DecodeError, OSError):
            async with asyncio.timeout(CANCEL_S):
                await client.cancel(job_id)
        raise
    if job.status != "completed":
        raise DemoError(job.error.message if job.error else f"The job was {job.status}.")
    if not job.clips:
        raise DemoError("The talk was heard, and no moment in it is worth a clip.")
    await _deliver(client, job, out / video.stem, console)


async def _submitted(client: Client, video: Path, console: Console) -> str:
    """The job at work on this file: a new one, or the one that an earlier demo left behind."""
    upload = await client.upload(video)
    try:
        accepted = await client.submit(upload.video_url)
    except ApiError as error:
        if error.code != "conflict" or error.job_id is None:
            raise
        console.print(f"{error} Its clips are waited for.", highlight=False)
        return error.job_id
    console.print(
        f"{accepted.job_id}: {upload.file_name}, {format_clock(upload.duration_seconds)}, "
        f"about {format_clock(accepted.estimated_seconds)} to go",
        highlight=False,
    )
    return accepted.job_id


async def _watched(client: Client, job_id: str, console: Console) -> responses.JobDetail:
    """The job once it has ended, with a bar until then."""
    with job_progress.bar(console) as bar:
        task = bar.add_task("waiting", total=1.0)

        def show(job: JobProgress) -> None:
            bar.update(task, description=job_progress.describe(job), completed=job.progress)

        return await client.wait(job_id, show)


async def _deliver(
    client: Client, job: responses.JobDetail, folder: Path, console: Console
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    table = Table("title", "score", "length", title="Clips", title_justify="left")
    table.add_column("file", overflow="fold")
    for number, clip in enumerate(job.clips, start=1):
        path = folder / f"{job_files.stem(number, clip)}.mp4"
        await client.download(clip.download_url, path)
        score = str(clip.virality_score)
        table.add_row(clip.title, score, format_clock(clip.duration_seconds), str(path))
    console.print(table)
    texts = ", ".join(str(path) for path in job_files.save_texts(job, folder))
    console.print(f"Texts: {texts}", highlight=False)


if __name__ == "__main__":
    sys.exit(main())
