"""Draws every caption style in ten scripts, on bright and dark ground: one picture to look at.

The code of the clips groups the words, breaks lines and draws them; the middle word is lit.
"""

import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import skia

from pipeline.captions.drawing.typesetting import Typesetter
from pipeline.captions.layout.grouping import group, shown_text
from pipeline.captions.styles.style import Style, load_style, style_names
from pipeline.core.data import Word

OUT = Path(__file__).parents[1] / "docs" / "styles.jpg"
CLIP = (720, 1280)  # pixels of a clip at quality "fast", of which a strip is shown
STRIP = 264  # rows
ACROSS = 7  # styles beside each other
SHRINK = 3  # factor by which the sheet is smaller
SAYS_S = 0.3
GROUNDS = ((238, 238, 232), (26, 30, 38))  # the left half bright, the right half dark
SCRIPTS = {
    "Latin": "nothing is repaired by looking",
    "accents": "voilà où ça coûte plus",
    "Cyrillic": "новая батарея стоит дёшево",
    "Greek": "η επισκευή κρατάει χρόνια",
    "Arabic": "البطارية الجديدة أرخص بكثير",
    "Hebrew": "הסוללה החדשה עולה 9 דולר",
    "Devanagari": "नई बैटरी बहुत सस्ती है",
    "Thai": "แบตเตอรี่ ใหม่ ราคา ถูก มาก",
    "Chinese, Japanese": "修理 するの が 一番 安い",
    "emoji": "repair 🔧 beats waste ♻️ 😀",
}

Picture = npt.NDArray[np.uint8]


def strip(look: Style, text: str) -> Picture:
    """Draw the first words of `text` in a style: RGB, a strip as wide as the clip."""
    width, height = CLIP
    typesetter = Typesetter(look, width, height)
    words = [
        Word(text=word, start_s=SAYS_S * n, end_s=SAYS_S * (n + 1), probability=1.0)
        for n, word in enumerate(text.split())
    ]
    first = group(words, look, width=typesetter.text_width, measure=typesetter.measure)[0]
    tile = typesetter.draw_pose(first, height / 2, len(first.words) // 2)
    picture = np.empty((STRIP, width, 3), np.uint8)
    picture[:, : width // 2], picture[:, width // 2 :] = GROUNDS
    rows, columns = tile.rgba.shape[:2]
    y, x = tile.y - (height - STRIP) // 2, (width - columns) // 2
    if y < 0 or y + rows > STRIP:
        raise ValueError(f"{shown_text(text, look.text)!r} does not fit a strip of {STRIP} rows")
    under = picture[y : y + rows, x : x + columns]
    share = 1 - tile.rgba[..., 3:].astype(np.float32) / 255
    under[:] = np.minimum(255, under * share + tile.rgba[..., :3]).round()
    return picture


def sheet() -> Picture:
    """Draw styles from left to right, ACROSS in a band, and scripts from top to bottom."""
    looks = [look for look in map(load_style, style_names()) if look.draw]
    bands = [looks[n : n + ACROSS] for n in range(0, len(looks), ACROSS)]
    blank = np.empty((STRIP, CLIP[0], 3), np.uint8)
    blank[:, : CLIP[0] // 2], blank[:, CLIP[0] // 2 :] = GROUNDS
    rows = [
        np.concatenate([*(strip(look, text) for look in band), *[blank] * (ACROSS - len(band))], 1)
        for band in bands
        for text in SCRIPTS.values()
    ]
    whole = np.concatenate(rows)
    small = whole.reshape(
        whole.shape[0] // SHRINK, SHRINK, whole.shape[1] // SHRINK, SHRINK, 3
    ).mean((1, 3))
    return np.asarray(small.round(), np.uint8)


def write_jpeg(path: Path, picture: Picture) -> None:
    """Write an RGB picture (h, w, 3)."""
    rgba = np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)])
    image = skia.Image.fromarray(np.ascontiguousarray(rgba), colorType=skia.kRGBA_8888_ColorType)
    path.write_bytes(bytes(image.encodeToData(skia.kJPEG, 85)))


def main() -> int:
    """Write docs/styles.jpg."""
    write_jpeg(OUT, sheet())
    names = ", ".join(name for name in style_names() if load_style(name).draw)
    print(f"written to {OUT}: {names}; {OUT.stat().st_size / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
