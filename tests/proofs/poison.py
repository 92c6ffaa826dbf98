"""`make test-poison`: jobs that crash or hang the process, beside jobs that do not.

The proof kills the server while a certain job is in a certain stage, as native code would that
meets a poisoned file; lets it run out of memory there, so that the kernel kills it (which takes
root and control groups); or puts a pipe where the file was, so that reading it never returns. The
job must be `failed` after its attempts, with a reason; the others must be completed as if alone,
and the server must answer again within seconds each time.

    make test-poison PARTS="memory pipe"
"""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from live_server import QUICK, Answer, LiveServer, connected, live_server
from outcomes import judge, leftovers
from serving import free_port
from tally import Tally, run

ATTEMPTS = 3
STALL_S = 15.0  # as the server is configured; a start may take half of it
BACK_S = 60.0  # for the server to answer again; models are loaded meanwhile
SETTINGS = {
    "KLIPFAST__LANES__ATTEMPTS": str(ATTEMPTS),
    "KLIPFAST__LANES__STALL_S": f"{STALL_S:g}",
    "KLIPFAST__LANES__LEASE_S": "4",
    "KLIPFAST__LANES__POLL_S": "0.5",
    "KLIPFAST__LANES__PROGRESS_S": "0.05",
    "KLIPFAST__SERVER__SHUTDOWN_GRACE_S": "5",
}
MORE_BYTES = 16 << 20  # that a process may have until it is out of memory
Blow = Callable[[int], contextlib.AbstractContextManager[None]]  # strikes a process, and cleans up
HEALTHY = [QUICK | {"range": {"start": start, "end": start + 20}} for start in (20, 40)]
POISONED = QUICK | {"range": {"start": 5, "end": 25}}


def child(supervisor: int) -> int:
    """Return the process id of the server itself. Raises OSError while there is none."""
    for pid in Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text().split():
        if b"--heartbeat" in Path(f"/proc/{pid}/cmdline").read_bytes():
            return int(pid)
    raise ProcessLookupError("the supervisor has no server now")


async def _strike(server: LiveServer, tally: Tally, kind: str, blow: Blow) -> None:
    """Strike the server, and wait for a new process that answers."""
    old = child(server.running.pid)
    with blow(old):
        began = time.monotonic()
        while time.monotonic() - began < BACK_S:
            with contextlib.suppress(Answer, OSError):
                if child(server.running.pid) != old:
                    await server.call("GET", "/healthz")
                    tally.passed(f"{kind}: server answers again")
                    tally.took(f"{kind}: server answers again", time.monotonic() - began)
                    return
            await asyncio.sleep(0.1)
        tally.stuck(kind, "the server does not answer again")


def kills_by(number: int) -> Blow:
    """Kill a process by a signal."""

    @contextlib.contextmanager
    def blow(pid: int) -> Iterator[None]:
        os.kill(pid, number)
        yield

    return blow


@contextlib.contextmanager
def out_of_memory(pid: int) -> Iterator[None]:
    """Give a process little more memory than it has: the kernel kills it as it asks for more.

    Raises SystemExit where that cannot be done here.
    """
    above = Path("/sys/fs/cgroup")
    first = (above / "memory").is_dir()  # version 1
    group = (above / "memory" if first else above) / f"klipfast-poison-{pid}"
    try:
        group.mkdir()
    except OSError as error:
        raise SystemExit(
            f"make test-poison: {error}. To run out of memory takes root and control groups; "
            f'without: make test-poison PARTS="{" ".join(set(PARTS) - {"memory"})}"'
        ) from error
    try:
        limit = group / ("memory.limit_in_bytes" if first else "memory.max")
        limit.write_text(str(MORE_BYTES))  # what it has is counted elsewhere, and stays there
        (group / "cgroup.procs").write_text(str(pid))
        yield
    finally:
        with contextlib.suppress(OSError):  # the process has not ended, which was counted as stuck
            group.rmdir()


def a_pipe_for(path: Path) -> Blow:
    """Put a pipe in the place of a file: opening it never returns.

    As a file whose decoder never returns does, it is there again as a file at each start.
    """

    @contextlib.contextmanager
    def blow(_pid: int) -> Iterator[None]:
        aside = path.with_name("aside")
        path.rename(aside)
        os.mkfifo(path)
        try:
            yield
        finally:
            path.unlink()
            aside.rename(path)

    return blow


async def crash(
    server: LiveServer, tally: Tally, upload: str, *, what: str, stage: str, blow: Blow, times: int
) -> None:
    """Strike the server in this stage of the poisoned job, `times` times."""
    kind = f"{what} in {stage}, {times} times"
    poisoned = await server.submit(upload, **POISONED)
    healthy = [await server.submit(upload, **body) for body in HEALTHY]
    await _struck(server, tally, kind, poisoned, stage=stage, blow=blow, times=times)
    status = "failed" if times == ATTEMPTS else "completed"
    await judge(server, tally, kind, poisoned, status=status)
    for job_id in healthy:
        await judge(server, tally, f"{kind}: other jobs", job_id)


async def hang(server: LiveServer, tally: Tally) -> None:
    """Let reading the file of a job never return, once it was looked at."""
    kind = f"reading never returns in render, {ATTEMPTS} times"
    upload = await server.upload()
    poisoned = await server.submit(upload, **POISONED)
    healthy = await server.submit(await server.upload(), **HEALTHY[0])
    (path,) = (p for p in (server.data / "uploads").rglob("*") if _is_of(p, upload))
    blow = a_pipe_for(path)
    await _struck(server, tally, kind, poisoned, stage="look", blow=blow, times=ATTEMPTS)
    await judge(server, tally, kind, poisoned, status="failed")
    await judge(server, tally, f"{kind}: other jobs", healthy)
    tally.check(f"{kind}: logged", "stage hangs" in server.log, server.log[-500:])


async def _struck(
    server: LiveServer, tally: Tally, kind: str, job_id: str, *, stage: str, blow: Blow, times: int
) -> None:
    """Strike the server each time that the job is in the stage, until the job has ended."""
    for attempt in range(1, times + 1):
        if not await _until_attempt(server, job_id, attempt):
            return
        await server.at_stage(job_id, [stage], patience_s=120)
        await _strike(server, tally, kind, blow)


async def _until_attempt(server: LiveServer, job_id: str, attempt: int) -> bool:
    """Wait until a job is tried again; False if it has ended instead."""
    for _ in range(600):
        async with connected(server) as connection:
            row = await connection.fetchrow(
                "SELECT attempts, finished_at FROM jobs WHERE job_id = $1", job_id
            )
        assert row is not None
        if row["attempts"] >= attempt or row["finished_at"]:
            return not row["finished_at"]
        await asyncio.sleep(0.1)
    return False


def _is_of(path: Path, upload: str) -> bool:
    return path.is_file() and upload.rpartition("/")[2] in path.parts


async def orphan(server: LiveServer, tally: Tally, upload: str) -> None:
    """Kill the supervisor: its server must end, and a new start must go on with the job."""
    kind = "supervisor killed"
    job_id = await server.submit(upload, **QUICK)
    await server.at_stage(job_id, ["transcribe"])
    server_pid = child(server.running.pid)
    server.running.kill()
    server.running.wait()
    deadline = time.monotonic() + BACK_S
    while Path(f"/proc/{server_pid}").exists() and time.monotonic() < deadline:  # noqa: ASYNC110 - a process of others tells nobody
        await asyncio.sleep(0.1)
    if Path(f"/proc/{server_pid}").exists():
        tally.stuck(kind, "the server outlives its supervisor")
        os.kill(server_pid, signal.SIGKILL)
    await server.start_again()
    await judge(server, tally, kind, job_id)


CRASHES: dict[str, tuple[str, str, Blow, int]] = {
    "transcribe": ("SIGSEGV", "transcribe", kills_by(signal.SIGSEGV), ATTEMPTS),
    "render": ("SIGSEGV", "render", kills_by(signal.SIGSEGV), ATTEMPTS),
    "memory": ("out of memory", "look", out_of_memory, ATTEMPTS),
    "abort": ("SIGABRT", "transcribe", kills_by(signal.SIGABRT), 1),
    # the event loop no longer turns
    "loop": ("SIGSTOP", "render", kills_by(signal.SIGSTOP), 1),
}
PARTS = (*CRASHES, "pipe", "orphan")


async def prove(tally: Tally, parts: Sequence[str]) -> None:
    """Strike a server with a supervisor in these ways."""
    settings = SETTINGS | {"KLIPFAST_PORT": str(free_port())}
    async with live_server(settings, supervised=True) as server:
        upload = await server.upload()
        for part, (what, stage, blow, times) in CRASHES.items():
            if part in parts:
                await crash(server, tally, upload, what=what, stage=stage, blow=blow, times=times)
        if "pipe" in parts:
            await hang(server, tally)
        if "orphan" in parts:
            await orphan(server, tally, upload)
        tally.clean("files, rows, work folders", await leftovers(server))


if __name__ == "__main__":
    run(prove, parts=PARTS)
