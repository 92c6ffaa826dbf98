"""The file with a server's address and a key, by which commands need neither."""

import os
import tempfile
from pathlib import Path

import msgspec
from msgspec import Struct

from klipfast_server.cli.parsing import Failed

DEFAULT_SERVER = "http://127.0.0.1:8080"


class Login(Struct, frozen=True, kw_only=True):
    """What `klipfast login` saves."""

    server: str
    key: str


def file() -> Path:
    """Return where it is saved, for each user of this machine."""
    home = os.environ.get("XDG_CONFIG_HOME", "")
    folder = Path(home if os.path.isabs(home) else os.path.expanduser("~/.config"))
    return folder / "klipfast" / "login.json"


def find(server: str | None, key: str | None) -> Login:
    """Return the server and the key of a call, of which options may name either.

    What they do not name comes from the environment, else from the file. A saved key goes only to
    the server that it was saved for. Raises Failed.
    """
    if server is None:
        server = os.environ.get("KLIPFAST_SERVER") or None
    if key is None:
        key = os.environ.get("KLIPFAST_KEY") or None
    if server is not None and key is not None:
        return Login(server=server, key=key)
    saved = _read() or Login(server=DEFAULT_SERVER, key="")
    server = saved.server if server is None else server
    if key is None:
        key = saved.key if server.rstrip("/") == saved.server.rstrip("/") else ""
    return Login(server=server, key=key)


def _read() -> Login | None:
    try:
        return msgspec.json.decode(file().read_bytes(), type=Login)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError) as error:
        raise Failed(f"{file()} cannot be read; after klipfast logout, log in again") from error


def write(login: Login) -> None:
    """Save it, readable by its owner alone; it appears complete or not at all. Raises OSError."""
    path = file()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, aside = tempfile.mkstemp(dir=path.parent)  # with mode 0600
    try:
        with open(descriptor, "wb") as part:
            part.write(msgspec.json.encode(login))
        os.replace(aside, path)
    except BaseException:
        os.unlink(aside)
        raise
