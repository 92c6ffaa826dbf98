"""A preview is the picture that the clip then has: crop, captions, title, cuts, bars of sound."""

import wave
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from films import RATE, Picture, frames_of, speech_like, textured, write_film
from rendered_clips import FAST, whole
from shots import cropped

from pipeline.core.control import Control
from pipeline.core.data import Box, Clip, CropPath, Options, Source, Span, Word
from pipeline.core.errors import Canceled
from pipeline.media.probing import probe
from pipeline.rendering.clip_plan import ClipPlan
from pipeline.rendering.clip_renderer import render_clip
from pipeline.rendering.preview import draw_preview

WORDS = tuple(
    Word(text=text, start_s=1.0 + 0.5 * n, end_s=1.4 + 0.5 * n, probability=1.0)
    for n, text in enumerate(["Here", "are", "um,", "some", "words", "to", "read."])
)
TITLE = "A title of it"
LIKE_DB = 27.0  # after x264, beside one that was never encoded
SPAN = Span(start_s=0.8, end_s=4.8)


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds, with another scene each second."""
    folder = tmp_path_factory.mktemp("preview")
    pictures = [textured(second) for second in range(6) for _ in range(25)]
    return write_film(folder / "talk.mp4", pictures, sound=speech_like(6))


def plan_of(source: Source, options: Options) -> ClipPlan:
    """The one plan that both draw."""
    return ClipPlan(
        source=source,
        span=SPAN,
        words=WORDS,
        path=whole(source, SPAN, options) if source.video is not None else upright(),
        style="karaoke",
        options=options,
        title=TITLE,
        language="en",
    )


def preview_at(source: Source, at_s: float, options: Options) -> Picture:
    """What the preview shows, RGB."""
    shown = draw_preview(plan_of(source, options), at_s=at_s, control=Control())
    return np.asarray(shown.to_ndarray(format="rgb24"), np.uint8)


def clip_of(source: Source, stem: Path, options: Options) -> Clip:
    """The clip that is rendered."""
    return render_clip(plan_of(source, options), stem=stem, control=Control())


def upright() -> CropPath:
    """The path of a source without a picture."""
    nothing = Box(x=0.0, y=0.0, w=180.0, h=320.0)
    return cropped("fit", nothing, size=(180, 320), start_s=SPAN.start_s, end_s=SPAN.end_s)


def likeness(frames: Sequence[tuple[float, Picture]], t_s: float, drawn: Picture) -> float:
    """PSNR of a picture and the nearest one of a clip's frames, dB."""
    near = [frame for time_s, frame in frames if abs(time_s - t_s) < 0.06]
    error = min(float(((frame.astype(float) - drawn) ** 2).mean()) for frame in near)
    return float(10 * np.log10(255**2 / max(error, 1e-9)))


@pytest.mark.parametrize(
    "options",
    [
        FAST,
        replace(FAST, hook_title=True),
        replace(FAST, remove_fillers=True, remove_silences="fast"),
    ],
    ids=["plain", "title", "tightened"],
)
def test_it_is_the_picture_of_the_clip(talk: Path, tmp_path: Path, options: Options) -> None:
    source = probe(talk)
    clip = clip_of(source, tmp_path / "clip", options)
    frames, begins_s, alike = frames_of(clip.path), 0.0, []
    for piece in clip.kept or (SPAN,):
        for at_s in np.arange(piece.start_s + 0.15, piece.end_s - 0.1, 0.7):
            drawn = preview_at(source, float(at_s), options)
            alike.append(likeness(frames, begins_s + float(at_s) - piece.start_s, drawn))
        begins_s += piece.duration_s
    assert len(alike) >= 4
    assert min(alike) > LIKE_DB, alike
    early = preview_at(source, 1.2, options)
    assert likeness(frames, 3.0, early) < LIKE_DB  # another scene is not like it


def test_a_moment_outside_is_the_nearest_in_it(talk: Path) -> None:
    source = probe(talk)
    first = preview_at(source, SPAN.start_s, FAST)
    assert (preview_at(source, 0.0, FAST) == first).all()
    last = preview_at(source, SPAN.end_s - 0.01, FAST)
    assert (preview_at(source, 100.0, FAST) == last).all()


def test_sound_alone_has_its_bars(tmp_path: Path) -> None:
    path = tmp_path / "talk.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((speech_like(6)[0] * 32767).astype("<i2").tobytes())
    source = probe(path)
    clip = clip_of(source, tmp_path / "clip", FAST)
    assert likeness(frames_of(clip.path), 2.0, preview_at(source, SPAN.start_s + 2.0, FAST)) > 20


def test_a_canceled_one_ends(talk: Path) -> None:
    control = Control()
    control.cancel.set()
    with pytest.raises(Canceled):
        draw_preview(plan_of(probe(talk), FAST), at_s=2.0, control=control)
