"""Measures what captions cost: drawing and blending over 20 seconds of speech, each style.

Processor time in milliseconds a picture, at 1080 x 1920 and 30 pictures a second; the best of
ROUNDS, because other work on the machine only ever adds.
"""

import sys
import time

from av.video.frame import VideoFrame

from pipeline.captions.blending import blend
from pipeline.captions.caption_layer import Captions, Speech
from pipeline.captions.placement import Places
from pipeline.captions.style import load_style, style_names
from pipeline.core.data import Box, CropKey, CropPath, CropSegment, Span, Word

ROUNDS = 3
SECONDS, RATE = 20, 30
WIDTH, HEIGHT = 1080, 1920
SHORT_S, LETTER_S, PAUSE_S = 0.12, 0.035, 0.5  # of a word, of each of its letters, of a full stop
SAID = """So what we are really talking about here is freedom, and why it matters today more than
ever before. Nobody told me that building a company would cost me 40 percent of my sleep. But the
moment I understood Wisconsin and its people I knew that we had to try again, because the batteries
were cheap and nothing is ever repaired by simply looking at it."""


def speech() -> list[Word]:
    """Return about 20 seconds of words."""
    words, at_s = [], 0.1
    for text in SAID.split():
        length_s = SHORT_S + LETTER_S * len(text)
        words.append(Word(text=text, start_s=at_s, end_s=at_s + 0.9 * length_s, probability=1.0))
        at_s += length_s + (PAUSE_S if text.endswith(".") else 0.0)
    return words


def cost(style: str) -> tuple[float, float]:
    """Return the milliseconds a picture, and those of the slowest picture."""
    box = Box(x=0, y=0, w=WIDTH, h=HEIGHT)
    whole = CropSegment(start_s=0, end_s=SECONDS, layout="crop", keys=(CropKey(t_s=0, box=box),))
    path = CropPath(width=WIDTH, height=HEIGHT, segments=(whole,))
    picture, slowest = VideoFrame(WIDTH, HEIGHT, "yuv420p"), 0.0
    begun = time.process_time()
    captions = Captions(
        Speech(speech(), Span(start_s=0, end_s=SECONDS), "en"),
        size=(WIDTH, HEIGHT),
        style=style,
        places=Places(path, (), None),
        emphasis=True,
    )
    for n in range(SECONDS * RATE):
        since = time.process_time()
        if (stamp := captions.at(n / RATE)) is not None:
            blend(picture, stamp)
        slowest = max(slowest, time.process_time() - since)
    return 1000 * (time.process_time() - begun) / (SECONDS * RATE), 1000 * slowest


def main() -> int:
    """Print a line for each style."""
    for name in style_names():
        if load_style(name).draw:
            best, slowest = min(cost(name) for _ in range(ROUNDS))
            print(f"{name:12} {best:5.2f} ms a picture; the slowest {slowest:4.1f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
