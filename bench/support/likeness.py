"""Measures the similarity of two films with FFmpeg's meters."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

# FFmpeg filter, and the pattern of the figure in its output
SSIM = "ssim", re.compile(r"SSIM .*All:([0-9.]+)")
XPSNR = "xpsnr", re.compile(r"XPSNR +y: *([0-9.]+)")


@dataclass(frozen=True, slots=True)
class Likeness:
    """The similarity of a film to its original, frame by frame."""

    ssim: float  # 0..1
    xpsnr_db: float  # luma, perceptually weighted (ITU-T H.Sup10 annex)


def likeness(film: Path, whole: Path) -> Likeness:
    """Compare `film` with `whole`, its lossless version."""
    return Likeness(ssim=_read(film, whole, *SSIM), xpsnr_db=_read(film, whole, *XPSNR))


def _read(film: Path, whole: Path, meter: str, figure: re.Pattern[str]) -> float:
    # compare frame by frame, whatever their times; XPSNR fails without a frame rate
    even = "settb=1/30,setpts=N,fps=30"
    graph = f"[0:v]{even}[a];[1:v]{even}[b];[a][b]{meter}"
    command = ["ffmpeg", "-i", str(film), "-i", str(whole), "-lavfi", graph, "-f", "null", "-"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    found = figure.search(said)
    assert found is not None, said
    return float(found[1])
