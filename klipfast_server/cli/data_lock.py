"""One server a data directory: with embedded Postgres, a second one would share its database."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from klipfast_server.core.setting_names import ConfigError

log = structlog.get_logger()

NAME = "server.lock"
WAIT_S = 5.0  # for a server that was killed, whose memory the system is still taking back
LOOK_S = 0.1


@contextmanager
def held(data_dir: Path) -> Iterator[None]:
    """Hold the directory while the block runs. Raises ConfigError where another server goes on.

    The system lets go of it when the process ends, however it ends, which may take a moment.
    """
    handle = os.open(data_dir / NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "r+") as file:
        if not _locks(handle):
            raise ConfigError(
                f"Another server uses the data directory {data_dir}{_process(file.read())}. "
                "Stop it first; or server.data_dir (KLIPFAST_DATA_DIR) names a directory of this "
                "server's own; or several share an external Postgres, by database.url."
            )
        file.truncate()
        file.write(str(os.getpid()))
        file.flush()
        yield


def _locks(handle: int) -> bool:
    """Lock the file; return False where it cannot be had within WAIT_S."""
    deadline, waits = time.monotonic() + WAIT_S, False
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
        else:
            return True
        if not waits:
            waits = True
            log.warning("another server uses the data directory, waiting for its end")
        time.sleep(LOOK_S)


def _process(written: str) -> str:
    return f" (process {written})" if written.isdecimal() else ""
