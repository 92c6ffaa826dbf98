"""Measures the similarity of two films with FFmpeg's meter."""

import re
import subprocess
from pathlib import Path


def likeness(film: Path, whole: Path) -> float:
    """Return the SSIM of a film and its lossless version, frame by frame, whatever their times."""
    even = "settb=1/30,setpts=N,fps=30"
    graph = f"[0:v]{even}[a];[1:v]{even}[b];[a][b]ssim"
    command = ["ffmpeg", "-i", str(film), "-i", str(whole), "-lavfi", graph, "-f", "null", "-"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    found = re.search(r"SSIM .*All:([0-9.]+)", said)
    assert found is not None, said
    return float(found[1])
