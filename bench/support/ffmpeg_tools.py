"""Finds the ffmpeg command: the system's, else the one in the peers' environment."""

import os
import shutil
import subprocess
from pathlib import Path

PEER_BIN = Path(__file__).parents[2] / ".venv-peer-job/bin"


def put_on_path() -> bool:
    """Let commands find ffmpeg; return whether there is one."""
    # last: the environment's python must not go before this one
    os.environ["PATH"] = f"{os.environ['PATH']}:{PEER_BIN}"
    return shutil.which("ffmpeg") is not None


def version() -> str:
    """Return the first line of `ffmpeg -version`, and where it comes from."""
    said = subprocess.run(["ffmpeg", "-version"], capture_output=True, text=True, check=True)
    own = "" if ".venv" not in str(shutil.which("ffmpeg")) else " (imageio-ffmpeg)"
    return said.stdout.split(" Copyright")[0] + own
