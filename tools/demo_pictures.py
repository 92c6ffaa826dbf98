"""Draws docs/demo.jpg and docs/demo.webp of the clips of the sample talk; key words are emphasized.

`make demo-pictures`, two minutes. The first has for each clip its thumbnail and a moment with
captions, the second the talk where the best begins, and the clips' first seconds, moving.
"""

import sys
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import numpy as np

import pipeline
from pipeline.core.control import Control
from pipeline.core.data import Clip, Options
from pipeline.media.frames import Picture
from tools.styles import write_jpeg

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "tests/data/sample_talk.mp4"
OPTIONS = Options(quality="fast", clip_count=3, emphasis=True, text_outputs=())
GAP = 8  # space between two pictures, pixels
SHEET, SHEET_SIZE = ROOT / "docs/demo.jpg", (292, 520)  # width and height of a moment, pixels
SHARES = (0.14, 0.55, 0.02)  # moment shown of each clip, share of its length; chosen by eye
FILM, FILM_SIZE = ROOT / "docs/demo.webp", (168, 300)  # width and height of a clip, pixels
TALK_SIZE = (532, 300)  # the same of the talk
SECONDS, RATE = 6, 12  # what is shown, and its pictures a second
BEGINS_S = 0.4  # start within each clip, when its first group of words has entered
WEBP = {"quality": "76", "compression_level": "6", "loop": "0"}


def picture_at(path: Path, share: float = 0.0) -> Picture:
    """Return the picture of a clip at a share of its length, or a thumbnail: RGB (h, w, 3)."""
    with av.open(str(path)) as container:
        at_s = share * float(container.duration or 0) / av.time_base
        for frame in container.decode(video=0):
            if frame.time is None or frame.time >= at_s:
                break
        small = frame.reformat(*SHEET_SIZE, "rgb24", interpolation="AREA")
    return np.asarray(small.to_ndarray(), np.uint8)


def pictures_of(path: Path, size: tuple[int, int], from_s: float) -> Iterator[Picture]:
    """Yield SECONDS of a clip or the talk at RATE, RGBA (h, w, 4)."""
    wanted = [from_s + number / RATE for number in range(SECONDS * RATE)]
    with av.open(str(path)) as container:
        container.seek(int(from_s * av.time_base))
        for frame in container.decode(video=0):
            if frame.time is None or frame.time < wanted[0]:
                continue
            small = frame.reformat(*size, "rgba", interpolation="AREA")
            yield np.asarray(small.to_ndarray(), np.uint8)
            wanted.pop(0)
            if not wanted:
                return


def beside(pictures: Sequence[Picture], ground: int) -> Picture:
    """Return pictures side by side, with a gap of one level between them."""
    gap = np.full((len(pictures[0]), GAP, pictures[0].shape[2]), ground, np.uint8)
    return np.hstack([part for picture in pictures for part in (gap, picture)][1:])


def draw_sheet(clips: Sequence[Clip]) -> None:
    """Write the thumbnail and a moment of each clip to SHEET."""
    moments = [
        picture
        for clip, share in zip(clips, SHARES, strict=True)
        for picture in (picture_at(clip.thumbnails[0]), picture_at(clip.path, share))
    ]
    write_jpeg(SHEET, beside(moments, 255))


def draw_film(clips: Sequence[Clip], from_s: float) -> None:
    """Write the talk from a time on and the first seconds of the clips to FILM."""
    with av.open(str(FILM), "w", format="webp", options={"loop": "0"}) as container:
        stream = container.add_stream("libwebp_anim", rate=RATE, options=WEBP)
        stream.width = TALK_SIZE[0] + len(clips) * (FILM_SIZE[0] + GAP)
        stream.height, stream.pix_fmt = FILM_SIZE[1], "bgra"
        stream.time_base = Fraction(1, RATE)
        talk = pictures_of(SAMPLE, TALK_SIZE, from_s + BEGINS_S)
        shown = (pictures_of(clip.path, FILM_SIZE, BEGINS_S) for clip in clips)
        rows = zip(talk, *shown, strict=True)
        for number, row in enumerate(rows):
            frame = av.VideoFrame.from_ndarray(beside(row, 0), format="rgba")  # 0: transparent
            frame.pts, frame.time_base = number, stream.time_base
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def main() -> int:
    """Make the clips, draw both pictures and write them."""
    with TemporaryDirectory() as folder:
        talk, clips, _ = pipeline.make_clips(
            SAMPLE,
            Path(folder),
            models=pipeline.load_models(),
            options=OPTIONS,
            control=Control(),
        )
        draw_sheet(clips)
        draw_film(clips, talk.highlights[0].start_s)
    for file in (SHEET, FILM):
        print(f"written to {file}: {len(clips)} clips, {file.stat().st_size / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
