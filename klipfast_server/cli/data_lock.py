"""One server a data directory: with embedded Postgres, a second one would share its database."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from klipfast_server.core.setting_names import ConfigError

NAME = "server.lock"


@contextmanager
def held(data_dir: Path) -> Iterator[None]:
    """Hold the directory while the block runs. Raises ConfigError where another server does.

    The system lets go of it when the process ends, however it ends.
    """
    handle = os.open(data_dir / NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigError(
                f"Another server uses the data directory {data_dir}{_process(file.read())}. "
                "Stop it first; or server.data_dir (KLIPFAST_DATA_DIR) names a directory of this "
                "server's own; or several share an external Postgres, by database.url."
            ) from None
        file.truncate()
        file.write(str(os.getpid()))
        file.flush()
        yield


def holder(data_dir: Path) -> int | None:
    """Return the process of the server that holds the directory; None: none does."""
    try:
        with (data_dir / NAME).open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(file.read() or 0)
    except OSError:
        return None
    return None


def _process(written: str) -> str:
    return f" (process {written})" if written.isdecimal() else ""
