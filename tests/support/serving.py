"""A real server in a process of its own, for proofs that take minutes; keys for it."""

import contextlib
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "tests" / "data" / "sample_talk.mp4"
TREE = "SERVED_TREE"  # names the folder of another version's code
START_S = 120.0  # for the server to begin
PORT = re.compile(r"http://127\.0\.0\.1:(\d+)")
Process = subprocess.Popen[bytes]


def environment(folder: str, **settings: str) -> dict[str, str]:
    """Settings of a server whose data lies in `folder`."""
    return os.environ | {
        "KLIPFAST_DATA_DIR": folder,
        "KLIPFAST_PORT": "0",
        "KLIPFAST__SERVER__LOG_FORMAT": "json",
        "PYTHONUNBUFFERED": "1",
        **settings,
    }


def free_port() -> int:
    """A port that is free now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@contextmanager
def serving(environ: dict[str, str], *, supervised: bool = False) -> Iterator[tuple[str, Process]]:
    """(address, process) of a server on a free port; with its supervisor, or without."""
    log = Path(environ["KLIPFAST_DATA_DIR"]) / "server.log"
    tree = environ.get(TREE, ROOT)
    with log.open("w") as file:
        command = [sys.executable, "-m", "klipfast_server", "serve"]
        command += [] if supervised else ["--no-supervisor"]
        process = subprocess.Popen(command, env=environ, cwd=tree, stdout=file, stderr=file)
    try:
        yield _address(process, log, environ["KLIPFAST_PORT"]), process
    finally:
        process.terminate()
        process.wait(60)


def _address(process: Process, log: Path, port: str) -> str:
    """Return the address once the server is ready: its models, too.

    It chooses a port 0 itself, and logs it, at the level info.
    """
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        text = log.read_text(errors="replace") if port == "0" else f"http://127.0.0.1:{port}"
        if found := PORT.search(text):
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{found[0]}/readyz"):
                return found[0]
        time.sleep(0.2)
    raise SystemExit(f"the server did not start:\n{log.read_text(errors='replace')[-3000:]}")


def new_key(environ: dict[str, str]) -> str:
    """A key of a business account."""
    command = [sys.executable, "-m", "klipfast_server", "keys", "create"]
    command += ["--account", "proof", "--plan", "business"]
    made = subprocess.run(
        command,
        env=environ,
        cwd=environ.get(TREE, ROOT),
        check=True,
        capture_output=True,
        text=True,
    )
    return made.stdout.splitlines()[-1]
