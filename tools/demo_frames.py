"""Draws docs/demo.jpg: for each clip of the sample talk its thumbnail and a moment with captions.

`make demo-frames`, two minutes. Key words are emphasized.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import numpy as np

import pipeline
from pipeline.core.control import Control
from pipeline.core.data import Clip, Options
from pipeline.media.frames import Picture
from pipeline.models.registry import ModelConfig
from tools.styles import write_jpeg

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "tests/data/sample_talk.mp4"
OUT = ROOT / "docs/demo.jpg"
OPTIONS = Options(quality="fast", clip_count=3, emphasis=True, text_outputs=())
SHARES = (0.14, 0.55, 0.02)  # moment shown of each clip, share of its length; chosen by eye
WIDTH, HEIGHT, GAP = 292, 520, 8  # size of a moment on the sheet and space between two, pixels


def picture_at(path: Path, share: float = 0.0) -> Picture:
    """Return the picture of a clip at a share of its length, or a thumbnail: RGB (h, w, 3)."""
    with av.open(str(path)) as container:
        at_s = share * float(container.duration or 0) / av.time_base
        for frame in container.decode(video=0):
            if frame.time is None or frame.time >= at_s:
                break
        small = frame.reformat(WIDTH, HEIGHT, "rgb24", interpolation="AREA")
    return np.asarray(small.to_ndarray(), np.uint8)


def make_clips(folder: Path) -> list[Clip]:
    """Make the clips of the sample talk in a folder."""
    models = pipeline.load_models(ModelConfig())
    _, clips, _ = pipeline.make_clips(
        SAMPLE, folder, models=models, options=OPTIONS, control=Control()
    )
    return list(clips)


def main() -> int:
    """Make the clips, draw the sheet and write it."""
    with TemporaryDirectory() as folder:
        clips = make_clips(Path(folder))
        moments = [
            picture
            for clip, share in zip(clips, SHARES, strict=True)
            for picture in (picture_at(clip.thumbnails[0]), picture_at(clip.path, share))
        ]
    gap = np.full((HEIGHT, GAP, 3), 255, np.uint8)
    sheet = np.hstack([part for moment in moments for part in (gap, moment)][1:])
    write_jpeg(OUT, sheet)
    print(f"written to {OUT}: {len(clips)} clips, {OUT.stat().st_size / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
