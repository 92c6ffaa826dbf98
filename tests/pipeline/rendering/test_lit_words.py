"""A word is lit in the frames of a clip when it is said: seen, not taken from the plan."""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest
from films import Picture, plain, speech_like, write_film
from rendered_clips import rendered
from shared_media import media
from shots import cropped

from pipeline.captions.styles.style import load_style
from pipeline.core.data import Box, Word
from pipeline.media.probing import probe

LATE_S = 0.06
Mask = npt.NDArray[np.bool_]


def lit(picture: Picture, style: str) -> Mask:
    """Pixels in the color of the spoken word."""
    color = load_style(style).colour.spoken
    wanted = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)], np.int16)
    return np.asarray((np.abs(picture.astype(np.int16) - wanted) < 40).all(axis=2))


def pictures_of(path: Path, step: int = 1) -> Iterator[tuple[float, Picture]]:
    """(time, every `step`th pixel), one at a time."""
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            yield (
                float(frame.time),
                np.asarray(frame.to_ndarray(format="rgb24")[::step, ::step], np.uint8),
            )


def changes(frames: Iterable[tuple[float, Picture]], style: str) -> list[float]:
    """Times of the frames in which other letters are lit than before."""
    found: list[float] = []
    before: Mask | None = None
    for t_s, picture in frames:
        now = lit(picture, style)
        if now.sum() < 20:
            continue
        both = now.sum() if before is None else max(now.sum(), before.sum())
        if before is None or (now & before).sum() < 0.3 * both:
            found.append(t_s)
        before = now
    return found


def check(words: Sequence[Word], frames: Iterable[tuple[float, Picture]], style: str) -> None:
    """Each word is lit within LATE_S of its onset, and nothing is lit at other times."""
    seen = np.array(changes(frames, style))
    onsets = np.array([w.start_s for w in words])
    late = [float(np.abs(seen - onset).min()) for onset in onsets]
    assert max(late) <= LATE_S
    assert all(np.abs(onsets - t_s).min() <= LATE_S for t_s in seen)


@pytest.mark.parametrize(("fps", "count"), [(24, 9), pytest.param(60, 5, marks=pytest.mark.slow)])
def test_words_are_lit_as_they_are_said(fps: int, count: int, tmp_path: Path) -> None:
    random = np.random.default_rng(fps)
    onsets = 0.4 + np.cumsum(random.uniform(0.18, 0.6, count))
    texts = ["solder", "paper", "wire", "light", "copper", "cable", "radio"]
    words = [
        Word(text=texts[n % 7], start_s=float(t), end_s=float(t) + 0.16, probability=1.0)
        for n, t in enumerate(onsets)
    ]
    seconds = float(onsets[-1]) + 0.8
    pictures = [plain((60, 60, 60))] * round(seconds * fps)
    film = write_film(tmp_path / "f.mp4", pictures, fps=fps, sound=speech_like(seconds))
    path = cropped("fit", Box(x=0, y=0, w=320, h=180), size=(360, 640), end_s=seconds)
    clip = rendered(film, tmp_path / "c", words=words, style="white_bold", crop_path=path)
    check(words, pictures_of(clip.path), "white_bold")


@pytest.mark.slow
def test_words_of_the_timed_recording_are_lit_when_they_are_said(tmp_path: Path) -> None:
    """An audiogram of a recording of which each word's onset is known."""
    truth = json.loads(media("audio/wordtiming.truth.json").read_text())["words"]
    words = [
        Word(text=w["word"], start_s=w["start_s"], end_s=w["end_s"], probability=1.0) for w in truth
    ]
    source = probe(media("audio/wordtiming.wav"))
    box = Box(x=0, y=0, w=720, h=1280)
    path = cropped("fit", box, size=(720, 1280), end_s=source.duration_s)
    clip = rendered(source, tmp_path / "c", words=words, style="white_bold", crop_path=path)
    check(words, pictures_of(clip.path, 2), "white_bold")
