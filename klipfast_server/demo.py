"""python -m klipfast_server.demo VIDEO: starts a server, runs one job over REST, lists its clips.

The server runs as a separate process on a free port of this machine, with its data in ./data (or
KLIPFAST_DATA_DIR); it is always stopped at the end. In a terminal, the end is when the person who
looks at the clips in the page presses Ctrl-C.
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

from klipfast_client import ApiError, Client, ProgressEvent, connected, models
from klipfast_server.cli import job_files, job_progress
from klipfast_server.cli.sign_in_box import boxed
from klipfast_server.core import config
from klipfast_server.core.setting_names import ConfigError
from klipfast_server.schema.account.keys import SCOPES
from klipfast_server.store import database, own_keys, sign_ins
from klipfast_server.store.database import DatabaseError
from klipfast_server.telemetry import logs
from pipeline.core.timecode import format_clock

KEY_NAME = "demo"
MAX_START_S = 90.0  # until the server responds
MAX_STOP_S = 30.0  # until the server has stopped
MAX_CANCEL_S = 5.0  # for canceling an abandoned job


class DemoError(Exception):
    """The demo failed; the text says why."""


def main() -> int:
    """Return 0 if there are clips, otherwise 1 after printing the reason."""
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
    _handle_signals()
    loaded = config.load(environ=environ)
    logs.configure(msgspec.structs.replace(loaded.server, log_level="warning"))
    log_path = loaded.server.data_dir / "demo.log"
    console.print(f"server on 127.0.0.1:{port}, log in {log_path}", highlight=False)
    async with _server(environ, log_path) as server, database.opened(loaded) as db:
        account_id = await sign_ins.first_account(db, loaded)
        if account_id is None:
            raise DemoError("No plan of the settings has api = true.")
        key, secret = await own_keys.create(
            db, account_id, name=KEY_NAME, scopes=SCOPES, expires_at=None
        )
        try:
            base_url = f"http://127.0.0.1:{port}"
            await _wait_until_ready(base_url, server)
            async with connected(base_url, secret) as client:
                await run_job(client, video, out, console)
            if sys.stdin.isatty() and sys.stdout.isatty():  # there is somebody to open a page
                link = sign_ins.link(base_url, await sign_ins.create_code(db, account_id))
                await _show_page(link, server, console)
        finally:
            await own_keys.revoke(db, account_id, key.key_id)


async def _show_page(link: str, server: Process, console: Console) -> None:
    """Print a link that opens the results in the studio, and wait until Ctrl-C."""
    console.print("Ctrl-C stops the server.", highlight=False)
    console.print(boxed(link), highlight=False, soft_wrap=True)
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, stop.set)
    waiting = [asyncio.ensure_future(stop.wait()), asyncio.ensure_future(server.wait())]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        loop.remove_signal_handler(signal.SIGINT)
        for task in waiting:
            task.cancel()


def _handle_signals() -> None:
    """Make SIGTERM and SIGHUP end the demo like Ctrl-C, including the server."""
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:  # keeps nohup's setting
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)


@asynccontextmanager
async def _server(environ: dict[str, str], log_path: Path) -> AsyncIterator[Process]:
    log_path.parent.mkdir(parents=True, exist_ok=True)
    with log_path.open("wb") as log:
        # A process group of its own: Ctrl-C would stop the server before its job is canceled.
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "klipfast_server", "serve", "--no-supervisor"),
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
            async with asyncio.timeout(MAX_STOP_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


async def _wait_until_ready(base_url: str, server: Process) -> None:
    deadline = asyncio.get_running_loop().time() + MAX_START_S
    async with aiohttp.ClientSession() as session:
        while server.returncode is None and asyncio.get_running_loop().time() < deadline:
            with suppress(aiohttp.ClientError):
                async with session.get(f"{base_url}/readyz") as response:
                    if response.status == 200:
                        return
            await asyncio.sleep(0.1)
    raise DemoError("The server did not start; its log says why.")


async def run_job(client: Client, video: Path, out: Path, console: Console) -> None:
    """Submit `video`, watch the job, and save its clips below `out`; cancel it on interruption.

    Raises DemoError if there are no clips in the end.
    """
    job_id = await _submit(client, video, console)
    try:
        job = await _watch(client, job_id, console)
    except BaseException:  # also Ctrl-C: an open job would block the next demo of this file
        with suppress(ApiError, aiohttp.ClientError, msgspec.DecodeError, OSError):
            async with asyncio.timeout(MAX_CANCEL_S):
                await client.cancel(job_id)
        raise
    if job.status != "completed":
        raise DemoError(job.error.message if job.error else f"The job was {job.status}.")
    if not job.clips:
        raise DemoError("The talk was transcribed, but no moment in it is worth a clip.")
    await _deliver(client, job, out / video.stem, console)


async def _submit(client: Client, video: Path, console: Console) -> str:
    """Return the job for this file: a new one, or the one left by an earlier demo."""
    upload = await client.upload(video)
    try:
        accepted = await client.submit(upload.video_url)
    except ApiError as error:
        if error.code != "conflict" or error.job_id is None:
            raise
        console.print(f"{error} Waiting for its clips.", highlight=False)
        return error.job_id
    console.print(
        f"{accepted.job_id}: {upload.file_name}, {format_clock(upload.duration_seconds)}, "
        f"about {format_clock(accepted.estimated_seconds)} to go",
        highlight=False,
    )
    return accepted.job_id


async def _watch(client: Client, job_id: str, console: Console) -> models.JobDetail:
    """Wait for the job's end with a progress bar; return the job."""
    with job_progress.bar(console) as bar:
        task = bar.add_task("waiting", total=1.0)

        def show(job: ProgressEvent) -> None:
            bar.update(task, description=job_progress.describe(job), completed=job.progress)

        return await client.wait(job_id, show)


async def _deliver(client: Client, job: models.JobDetail, folder: Path, console: Console) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    table = Table("title", "score", "length", title="Clips", title_justify="left")
    table.add_column("file", overflow="fold")
    for number, clip in enumerate(job.clips, start=1):
        path = folder / f"{job_files.stem(number, clip)}.mp4"
        await client.download(clip.download_url, path)
        score = str(clip.virality_score)
        table.add_row(clip.title, score, format_clock(clip.duration), str(path))
    console.print(table)
    if texts := job_files.save_texts(job, folder):
        console.print(f"Texts: {', '.join(map(str, texts))}", highlight=False)
    for warning in job.warnings:
        console.print(f"{warning.code}: {warning.message}", highlight=False)


if __name__ == "__main__":
    sys.exit(main())
