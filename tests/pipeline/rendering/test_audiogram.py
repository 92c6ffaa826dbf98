"""Where the picture is missing or ends, speech goes on over bars of sound."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from films import RATE, Picture, frames_of, speech_like, textured, write_film
from meter import sound_of
from rendered_clips import FAST, rendered

from pipeline.core.control import Control
from pipeline.core.data import Span
from pipeline.framing.crop_planning import plan
from pipeline.media.probing import probe
from pipeline.vision.shot_scan import look


def shows_bars(picture: Picture) -> bool:
    """Whether it is one of the pictures that stand for sound: mostly their ground."""
    dark = np.abs(picture.astype(int) - (1, 8, 18)).max(axis=2) < 12
    return bool(dark.mean() > 0.5)


def test_speech_goes_on_over_bars_where_the_picture_breaks_off(tmp_path: Path) -> None:
    film = write_film(tmp_path / "f.mp4", [textured(1)] * 25, sound=speech_like(3.0))
    clip = rendered(film, tmp_path / "c", start_s=0.5, end_s=3.0)
    assert clip.duration_s == pytest.approx(2.5, abs=0.05)
    assert sound_of(clip.path).shape[1] / RATE == pytest.approx(2.5, abs=0.1)
    bars = [t for t, picture in frames_of(clip.path) if shows_bars(picture)]
    assert 0.5 <= bars[0] <= 0.5 + 0.6  # the last picture is not frozen
    assert len(bars) == pytest.approx((2.5 - bars[0]) * 25, abs=1.5)


def test_a_picture_that_ends_just_before_the_clip_stands_for_the_last_words(
    tmp_path: Path,
) -> None:
    film = write_film(tmp_path / "f.mp4", [textured(1)] * 25, sound=speech_like(3.0))
    clip = rendered(film, tmp_path / "c", start_s=0.5, end_s=1.8)
    assert clip.duration_s == pytest.approx(1.3, abs=0.05)
    assert not any(shows_bars(picture) for _, picture in frames_of(clip.path))


def test_no_tail_is_shown_where_picture_and_sound_break_off(tmp_path: Path) -> None:
    film = write_film(tmp_path / "f.mp4", [textured(1)] * 25, sound=speech_like(1.0))
    clip = rendered(film, tmp_path / "c", start_s=0.5, end_s=6.0)
    assert clip.duration_s <= 0.5 + 0.6
    assert sound_of(clip.path).shape[1] / RATE == pytest.approx(clip.duration_s, abs=0.1)


def test_seconds_without_any_picture_become_an_audiogram(tmp_path: Path) -> None:
    film = write_film(tmp_path / "f.mp4", [textured(1)] * 25, sound=speech_like(4.0))
    clip = rendered(film, tmp_path / "c", start_s=3.0, end_s=4.0)
    assert clip.duration_s == pytest.approx(1.0, abs=0.05)
    assert all(shows_bars(picture) for _, picture in frames_of(clip.path))
    assert clip.thumbnails[0].stat().st_size > 1000


def test_sound_without_a_picture_becomes_an_audiogram(tmp_path: Path) -> None:
    film = write_film(tmp_path / "f.mp4", [textured(1)] * 50, sound=speech_like(2.0))
    source = replace(probe(film, min_duration_s=1.0), video=None, duration_s=2.0)
    span = Span(start_s=0.0, end_s=2.0)
    path = plan(source, span, look(source, span, control=Control()), FAST)
    path = replace(path, width=180, height=320)
    clip = rendered(source, tmp_path / "c", crop_path=path)
    pictures = frames_of(clip.path)
    assert clip.duration_s == pytest.approx(2.0, abs=0.05)
    assert (pictures[30][1].max(axis=2) > 150).sum() > 125  # bars
    assert np.abs(pictures[20][1].astype(int) - pictures[40][1]).max() > 60  # that move
