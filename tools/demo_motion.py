"""Draws docs/demo.webp: the first seconds of the sample talk's clips, moving, side by side.

`make demo-motion`, two minutes. Key words are emphasized, as in docs/demo.jpg.
"""

import sys
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import numpy as np

from pipeline.media.frames import Picture
from tools.demo_frames import ROOT, make_clips

OUT = ROOT / "docs/demo.webp"
SECONDS, RATE = 6, 12  # what is shown, and its pictures a second
BEGINS_S = 0.4  # start within each clip, when its first group of words has entered
WIDTH, HEIGHT, GAP = 236, 420, 8  # size of a clip and space between two, pixels
WEBP = {"quality": "76", "compression_level": "6", "loop": "0"}


def pictures_of(path: Path) -> Iterator[Picture]:
    """Yield SECONDS of a clip at RATE, RGBA (HEIGHT, WIDTH, 4)."""
    wanted = [BEGINS_S + number / RATE for number in range(SECONDS * RATE)]
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            if frame.time is None or frame.time < wanted[0]:
                continue
            small = frame.reformat(WIDTH, HEIGHT, "rgba", interpolation="AREA")
            yield np.asarray(small.to_ndarray(), np.uint8)
            wanted.pop(0)
            if not wanted:
                return


def write(clips: Sequence[Path]) -> None:
    """Write the clips side by side to OUT."""
    gap = np.zeros((HEIGHT, GAP, 4), np.uint8)  # transparent
    with av.open(str(OUT), "w", format="webp", options={"loop": "0"}) as container:
        stream = container.add_stream("libwebp_anim", rate=RATE, options=WEBP)
        stream.width = len(clips) * WIDTH + (len(clips) - 1) * GAP
        stream.height, stream.pix_fmt = HEIGHT, "bgra"
        stream.time_base = Fraction(1, RATE)
        for number, row in enumerate(zip(*map(pictures_of, clips), strict=True)):
            parts = [part for picture in row for part in (gap, picture)][1:]
            frame = av.VideoFrame.from_ndarray(np.hstack(parts), format="rgba")
            frame.pts, frame.time_base = number, stream.time_base
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def main() -> int:
    """Make the clips and write the picture."""
    with TemporaryDirectory() as folder:
        clips = [clip.path for clip in make_clips(Path(folder))]
        write(clips)
    print(f"written to {OUT}: {len(clips)} clips, {OUT.stat().st_size / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
