"""Renders clips for tests and measures their video and audio."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from films import RATE, Picture, frames_of, plain
from meter import metered, sound_of
from shots import cropped

from pipeline.captions.styles.style import Style
from pipeline.core.arrays import F32
from pipeline.core.control import Control
from pipeline.core.data import (
    Box,
    Breakdown,
    Clip,
    CropPath,
    Highlight,
    Options,
    Shot,
    Source,
    Span,
    Word,
)
from pipeline.framing.crop_planning import output_size
from pipeline.media.probing import probe
from pipeline.rendering.clip_plan import ClipPlan
from pipeline.rendering.clip_renderer import render_clip

FAST = Options(quality="fast")
SHRUNK = 4  # most clips are 180 x 320: what is asserted of them needs no more pixels


def whole(source: Source, span: Span, options: Options = FAST, *, shrunk: int = SHRUNK) -> CropPath:
    """Return the crop path of the largest centered crop, so many times smaller than a job's."""
    assert source.video is not None
    width, height = (side // shrunk // 2 * 2 for side in output_size(options))
    h = min(source.video.height, source.video.width * height / width)
    w = h * width / height
    box = Box(x=(source.video.width - w) / 2, y=(source.video.height - h) / 2, w=w, h=h)
    return cropped("crop", box, size=(width, height), start_s=span.start_s, end_s=span.end_s)


def rendered(
    film: Path | Source,
    stem: Path,
    *,
    start_s: float = 0.0,
    end_s: float | None = None,
    words: Sequence[Word] = (),
    style: str | Style = "none",
    options: Options = FAST,
    crop_path: CropPath | None = None,
    language: str = "",
    left_out: Sequence[Span] = (),
    order: Sequence[Span] = (),
    title: str = "",
    shrunk: int = SHRUNK,
    shots: Sequence[Shot] = (),
    control: Control | None = None,
) -> Clip:
    source = probe(film, min_duration_s=0.5) if isinstance(film, Path) else film
    span = Span(start_s=start_s, end_s=end_s if end_s is not None else source.duration_s)
    if crop_path is None:
        crop_path = whole(source, span, options, shrunk=shrunk)
    return render_clip(
        ClipPlan(
            source=source,
            span=span,
            words=words,
            path=crop_path,
            style=style,
            options=options,
            language=language,
            left_out=left_out,
            order=order,
            title=title,
            shots=shots,
        ),
        stem=stem,
        control=control or Control(),
    )


def highlight_of(
    span: Span, sentences: int = 1, *, title: str = "", left_out: tuple[Span, ...] = ()
) -> Highlight:
    """A highlight of the first sentences of a talk."""
    return Highlight(
        start_s=span.start_s,
        end_s=span.end_s,
        first_sentence=0,
        last_sentence=sentences - 1,
        score=0.5,
        virality_score=50,
        breakdown=Breakdown(hook=0.5, flow=0.5, value=0.5, energy=0.5),
        reason="",
        title=title,
        left_out=left_out,
    )


def flashes(
    seconds: float, at: Sequence[float], fps: int = 25, size: tuple[int, int] = (320, 180)
) -> list[Picture]:
    """Draw gray frames that turn white for two frames from each time on."""
    gray, white = plain((60, 60, 60), size), plain((250, 250, 250), size)
    white_at = {round(t * fps) + n for t in at for n in (0, 1)}
    return [white if n in white_at else gray for n in range(round(seconds * fps))]


def beeps(seconds: float, at: Sequence[float]) -> F32:
    """Generate a tone of 80 ms at each time, shape (1, n)."""
    sound = np.zeros((1, round(seconds * RATE)), np.float32)
    tone = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(round(0.08 * RATE)) / RATE)
    for t in at:
        first = round(t * RATE)
        sound[0, first : first + len(tone)] += tone.astype(np.float32)[: sound.shape[1] - first]
    return sound


def seen_and_heard(clip: Clip) -> tuple[list[float], list[float]]:
    """Return the times at which the frame turns white, and at which a beep begins."""
    lights = [(t, float(picture.mean())) for t, picture in frames_of(clip.path)]
    seen = [
        t
        for (t, light), (_, before) in zip(lights[1:], lights, strict=False)
        if light > 150 >= before
    ]
    loud = np.abs(sound_of(clip.path)).max(axis=0) > 0.1
    heard = [
        float(i) / RATE for i in np.flatnonzero(loud) if not loud[max(0, i - RATE // 10) : i].any()
    ]
    return seen, heard


def check_loudness(clip: Clip) -> None:
    """Check loudness and peak, and that both channels are equally loud."""
    heard = sound_of(clip.path)
    loudness, peak = metered(heard)
    assert loudness == pytest.approx(-14.0, abs=1.0)
    assert peak <= -1.0
    left, right = np.sqrt((heard**2).mean(axis=1))
    assert right == pytest.approx(left, rel=0.05)
