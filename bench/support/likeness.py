"""How alike two films are, by FFmpeg's own meters."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

# what the meter prints, and how to find its figure in that
SSIM = "ssim", re.compile(r"SSIM .*All:([0-9.]+)")
XPSNR = "xpsnr", re.compile(r"XPSNR +y: *([0-9.]+)")


@dataclass(frozen=True, slots=True)
class Likeness:
    """Of a film to what it was made from, picture by picture."""

    ssim: float  # 0..1
    xpsnr_db: float  # of the luma, weighted by what an eye sees there (ITU-T H.Sup10 annex)


def likeness(film: Path, whole: Path) -> Likeness:
    """Of `film` to `whole`, the same without loss."""
    return Likeness(ssim=_read(film, whole, *SSIM), xpsnr_db=_read(film, whole, *XPSNR))


def _read(film: Path, whole: Path, meter: str, figure: re.Pattern[str]) -> float:
    # picture beside picture, whatever their times; without a rate the weighted meter falls over
    even = "settb=1/30,setpts=N,fps=30"
    graph = f"[0:v]{even}[a];[1:v]{even}[b];[a][b]{meter}"
    command = ["ffmpeg", "-i", str(film), "-i", str(whole), "-lavfi", graph, "-f", "null", "-"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    found = figure.search(said)
    assert found is not None, said
    return float(found[1])
