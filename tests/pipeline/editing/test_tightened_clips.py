"""Clips that pauses were cut out of: in step at every joint, without a click."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from films import RATE, frames_of, plain, textured, write_film
from meter import metered, sound_of
from real_models import models
from rendered_clips import FAST, beeps, flashes, highlight_of, rendered, seen_and_heard

import pipeline
from pipeline.core.control import Control
from pipeline.core.data import (
    Clip,
    Sentence,
    Span,
    Talk,
    Transcript,
    Word,
)
from pipeline.core.errors import Canceled
from pipeline.core.timemap import TimeMap
from pipeline.framing.crop_planning import plan
from pipeline.media.probing import probe

TIGHT = replace(FAST, remove_silences="fast")
MOVE = 20.0  # minimum move of the light between words: columns, and three times the rows
AT = [0.4, 1.9, 4.4, 5.2, 7.8, 9.4]


def around(at: Sequence[float]) -> list[Word]:
    """A word for each flash, from a little before to a little after its beep."""
    return [
        Word(text=f"word{n}", start_s=t - 0.12, end_s=t + 0.2, probability=1.0)
        for n, t in enumerate(at)
    ]


def film_of(folder: Path, fps: int = 25, times: list[float] | None = None) -> Path:
    """Ten seconds with a flash and a beep at each of AT."""
    pictures = flashes(10, AT, fps=fps)
    return write_film(folder / "f.mp4", pictures, fps=fps, times=times, sound=beeps(10, AT))


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return film_of(tmp_path_factory.mktemp("film"))


@pytest.fixture(scope="module")
def clip(film: Path, tmp_path_factory: pytest.TempPathFactory) -> Clip:
    stem = tmp_path_factory.mktemp("clip") / "c"
    return rendered(film, stem, words=around(AT), options=TIGHT, style="white_bold", shrunk=2)


def test_the_file_is_as_long_as_what_is_kept(clip: Clip) -> None:
    assert len(clip.kept) == len(AT)
    assert clip.duration_s == pytest.approx(TimeMap(clip.kept).duration_s, abs=0.03)
    assert clip.duration_s < 4.5
    assert sound_of(clip.path).shape[1] / RATE == pytest.approx(clip.duration_s, abs=0.05)
    times = [t for t, _ in frames_of(clip.path)]
    assert np.diff(times) == pytest.approx(0.04, abs=1e-3)


def test_a_clip_does_without_what_is_left_out(film: Path, tmp_path: Path) -> None:
    """Flashes that are left out are neither seen nor heard, and the rest is in step."""
    gone = Span(start_s=3.0, end_s=7.0)
    made = rendered(film, tmp_path / "c", words=around(AT), style="white_bold", left_out=[gone])
    assert made.kept == (Span(start_s=0.0, end_s=3.0), Span(start_s=7.0, end_s=10.0))
    assert made.duration_s == pytest.approx(6.0, abs=0.05)
    seen, heard = seen_and_heard(made)
    left = [t for t in AT if not gone.start_s <= t < gone.end_s]
    expected = [TimeMap(made.kept).to_clip(t) for t in left]
    assert seen == pytest.approx(expected, abs=0.05)
    assert heard == pytest.approx(expected, abs=0.05)


def test_picture_and_sound_are_in_step_after_every_joint(clip: Clip) -> None:
    seen, heard = seen_and_heard(clip)
    expected = [TimeMap(clip.kept).to_clip(t) for t in AT]
    assert seen == pytest.approx(expected, abs=0.021)
    assert heard == pytest.approx(expected, abs=0.002)


@pytest.mark.parametrize(("fps", "start_s"), [(24, 0.0), (30, 0.013), (12, 0.1), (60, 0.17)])
def test_they_are_in_step_at_every_rate(fps: int, start_s: float, tmp_path: Path) -> None:
    made = rendered(
        film_of(tmp_path, fps), tmp_path / "c", start_s=start_s, words=around(AT), options=TIGHT
    )
    seen, heard = seen_and_heard(made)
    assert len(made.kept) >= len(AT) - 1
    assert len(seen) == len(AT)
    assert heard == pytest.approx(seen, abs=0.5 / fps + 0.003)


def test_uneven_pictures_are_in_step_to_a_picture(tmp_path: Path) -> None:
    chance = np.random.default_rng(5)
    times = sorted({n / 25 + float(chance.integers(0, 3)) / 100 for n in range(250)})
    made = rendered(film_of(tmp_path, times=times), tmp_path / "c", words=around(AT), options=TIGHT)
    seen, heard = seen_and_heard(made)
    assert len(seen) == len(AT)
    assert heard == pytest.approx(seen, abs=0.041)


def test_captions_follow_the_words_after_the_joints(clip: Clip) -> None:
    """A group lights up its words one by one; the light moves with each word.

    It moves far less while a group enters.
    """
    lit: list[tuple[float, float]] = []
    for t_s, picture in frames_of(clip.path):
        low = picture[380:525].astype(int)
        yellow = (low[..., 0] > 200) & (low[..., 1] > 180) & (low[..., 2] < 140)
        if yellow.sum() > 50:
            rows, columns = np.nonzero(yellow)
            lit.append((t_s, float(columns.mean() + 3 * rows.mean())))
    moves = [lit[0][0]] + [
        t for (t, x), (_, before) in zip(lit[1:], lit, strict=False) if abs(x - before) > MOVE
    ]
    onsets = [TimeMap(clip.kept).to_clip(t - 0.12) for t in AT]
    assert moves == pytest.approx(onsets, abs=0.041)


def test_nothing_to_cut_leaves_the_clip_as_it_is_to_the_byte(film: Path, tmp_path: Path) -> None:
    words = [Word(text="on", start_s=0.1, end_s=9.9, probability=1.0)]
    options = replace(TIGHT, remove_fillers=True)
    tight = rendered(film, tmp_path / "t", words=words, options=options, style="boxed")
    loose = rendered(film, tmp_path / "l", words=words, style="boxed")
    assert tight.kept == ()
    assert tight.path.read_bytes() == loose.path.read_bytes()


def test_no_joint_clicks(tmp_path: Path) -> None:
    """A hum goes through the pauses; where it is cut no step is larger than its own."""
    sound = beeps(10, AT)
    times = np.arange(sound.shape[1]) / RATE
    sound[0] += (0.02 * np.sin(2 * np.pi * 97 * times)).astype(np.float32)
    film = write_film(tmp_path / "f.mp4", [plain((60,) * 3)] * 250, sound=sound)
    made = rendered(film, tmp_path / "c", words=around(AT), options=TIGHT)
    assert len(made.kept) == len(AT)
    heard = sound_of(made.path)[0]
    steps = np.abs(np.diff(heard))
    hum = float(steps[: round(0.2 * RATE)].max())
    for _, begins_s in list(TimeMap(made.kept).pieces())[1:]:
        at = round(begins_s * RATE)
        assert steps[at - 1000 : at + 1000].max() < 1.6 * hum
        level = np.abs(heard[at - 2000 : at + 2000]).reshape(-1, 500).max(axis=1)
        assert level.min() > 0.2 * level.max()  # nor is there a hole


def test_what_is_left_is_as_loud_as_any_clip(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    sound = (random.standard_normal((1, 10 * RATE)) * 1e-4).astype(np.float32)
    words = [Word(text="w", start_s=t, end_s=t + 1.2, probability=1.0) for t in (0.2, 3.5, 7.5)]
    for w in words:
        first, end = round(w.start_s * RATE), round(w.end_s * RATE)
        sound[0, first:end] += 0.03 * random.standard_normal(end - first).astype(np.float32)
    film = write_film(tmp_path / "f.mp4", [textured(1)] * 250, sound=sound)
    made = rendered(film, tmp_path / "c", words=words, options=TIGHT)
    loudness, peak = metered(sound_of(made.path))
    assert loudness == pytest.approx(-14.0, abs=1.0)
    assert peak <= -1.0


def test_sound_without_a_picture_is_cut_as_well(film: Path, tmp_path: Path) -> None:
    source = replace(probe(film), video=None)
    path = plan(source, Span(start_s=0.0, end_s=10.0), (), FAST)
    made = rendered(
        source, tmp_path / "c", words=around(AT), options=TIGHT, crop_path=path, end_s=10.0
    )
    heard = seen_and_heard(made)[1]
    assert heard == pytest.approx([TimeMap(made.kept).to_clip(t) for t in AT], abs=0.002)
    assert len(frames_of(made.path)) == pytest.approx(30 * made.duration_s, abs=1)


def test_a_hesitation_is_neither_seen_nor_heard(film: Path, tmp_path: Path) -> None:
    words = around(AT)
    words[2] = replace(words[2], text="um,")
    options = replace(FAST, remove_fillers=True)
    made = rendered(film, tmp_path / "c", words=words, options=options, language="en")
    seen, heard = seen_and_heard(made)
    left = [TimeMap(made.kept).to_clip(t) for t in AT if t != AT[2]]
    assert len(made.kept) == 2
    assert seen == pytest.approx(left, abs=0.021)
    assert heard == pytest.approx(left, abs=0.002)


def test_a_hesitation_is_known_by_the_language_of_the_talk(film: Path, tmp_path: Path) -> None:
    words = around(AT)
    words[2] = replace(words[2], text="ähm,")
    highlight = highlight_of(Span(start_s=1.0, end_s=6.0))
    made = {}
    for language in ("de", "en"):
        transcript = Transcript(
            language=language,
            duration_s=10.0,
            words=tuple(words),
            sentences=(Sentence(text="", start_s=1.7, end_s=5.5, first_word=1, last_word=3),),
        )
        talk = Talk(source=probe(film), transcript=transcript, highlights=(highlight,))
        made[language] = pipeline.make_clip(
            talk,
            highlight,
            models=models(),
            options=replace(FAST, remove_fillers=True),
            stem=tmp_path / language,
            control=Control(),
        )
    assert made["en"].kept == ()
    first, second = made["de"].kept  # the pauses around it go too
    assert (first.start_s, second.end_s) == (1.0, 6.0)
    assert AT[1] + 0.2 < first.end_s < AT[1] + 0.5
    assert AT[3] - 0.42 < second.start_s < AT[3] - 0.12


def test_canceling_while_it_is_cut_leaves_nothing_behind(film: Path, tmp_path: Path) -> None:
    control = Control()
    control.cancel.set()
    with pytest.raises(Canceled):
        rendered(film, tmp_path / "c", words=around(AT), options=TIGHT, control=control)
    assert list(tmp_path.iterdir()) == []
