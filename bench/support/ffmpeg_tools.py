"""Finds the ffmpeg command: the system's, else the one in the peers' environment."""

import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
PEER_BINS = (ROOT / ".venv-peer-job/bin", ROOT / ".venv-bench/bin")
STAND_IN = ROOT / "bench/peers/bin"  # ffprobe


def put_on_path() -> bool:
    """Let commands find ffmpeg and ffprobe; return whether there is an ffmpeg."""
    if not shutil.which("ffmpeg"):
        folder = next((f for f in PEER_BINS if (f / "ffmpeg").exists()), None)
        if folder is None:
            return False
        # last: the environment's python must not go before this one
        os.environ["PATH"] = f"{os.environ['PATH']}:{folder}"
    if not shutil.which("ffprobe"):
        os.environ["PATH"] = f"{os.environ['PATH']}:{STAND_IN}"
    return True


def version() -> str:
    """Return the first line of `ffmpeg -version`, and where it comes from."""
    said = subprocess.run(["ffmpeg", "-version"], capture_output=True, text=True, check=True)
    own = "" if ".venv" not in str(shutil.which("ffmpeg")) else " (imageio-ffmpeg)"
    return said.stdout.split(" Copyright")[0] + own
