"""Clips of moments that are far apart: in step after every joint, and without reading what lies
between."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from films import write_film
from real_models import models
from rendered_clips import FAST, beeps, flashes, highlight_of, seen_and_heard
from shots import cropped

import pipeline
from pipeline.core.control import Control
from pipeline.core.data import (
    Box,
    Clip,
    CropPath,
    Options,
    Sentence,
    Span,
    Talk,
    Transcript,
    Word,
)
from pipeline.core.timemap import TimeMap
from pipeline.editing import stretches
from pipeline.media.probing import probe

AT = [2.0, 3.5, 41.4, 43.0, 44.2, 86.5, 88.0]
PARTS = [Span(start_s=1.0, end_s=4.5), Span(start_s=41.0, end_s=45.0), Span(start_s=86, end_s=89)]
GAPS = stretches.gaps(PARTS, ())


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ninety seconds with a flash and a beep at each of AT."""
    path = tmp_path_factory.mktemp("film") / "f.mp4"
    return write_film(path, flashes(90, AT, size=(160, 90)), sound=beeps(90, AT))


def made(film: Path, stem: Path, gaps: tuple[Span, ...], options: Options) -> tuple[Clip, int]:
    """The clip from the first part to the last, and how often it was checked."""
    words = tuple(
        Word(text=f"Word{n}.", start_s=t - 0.12, end_s=t + 0.2, probability=1.0)
        for n, t in enumerate(AT)
    )
    said = tuple(
        Sentence(text=w.text, start_s=w.start_s, end_s=w.end_s, first_word=n, last_word=n)
        for n, w in enumerate(words)
    )
    whole = Span(start_s=PARTS[0].start_s, end_s=PARTS[-1].end_s)
    highlight = highlight_of(whole, len(said), left_out=gaps)
    transcript = Transcript(language="en", duration_s=90.0, words=words, sentences=said)
    checks, told = [0], list[float]()

    def count() -> None:
        checks[0] += 1

    clip = pipeline.make_clip(
        Talk(source=probe(film), transcript=transcript, highlights=(highlight,)),
        highlight,
        models=models(),
        options=options,
        stem=stem,
        control=Control(
            on_check=count,
            progress=lambda stage, done: told.append(done) if stage == "look" else None,
        ),
    )
    assert told == sorted(told)
    return clip, checks[0]


@pytest.mark.parametrize("tight", [pytest.param(False, marks=pytest.mark.slow), True])
def test_picture_and_sound_are_in_step_after_every_joint(
    film: Path, tmp_path: Path, *, tight: bool
) -> None:
    """And what lies between the parts is not read."""
    options = replace(FAST, remove_silences="natural" if tight else None)
    clip, checks = made(film, tmp_path / "c", GAPS, options)
    pictures = 25 * (PARTS[-1].end_s - PARTS[0].start_s)
    assert checks < pictures  # all of them would be decoded twice, with their sound
    seen, heard = seen_and_heard(clip)
    expected = [TimeMap(clip.kept).to_clip(t) for t in AT]
    assert len(clip.kept) >= 3
    assert all(part.duration_s < 5 for part in clip.kept)
    assert (clip.duration_s < 10) == tight
    assert seen == pytest.approx(expected, abs=0.021)
    assert heard == pytest.approx(expected, abs=0.002)


def test_short_gaps_are_read_through() -> None:
    short = Span(start_s=5.0, end_s=5.0 + stretches.MIN_SKIP_S - 0.1)
    whole = Span(start_s=0.0, end_s=60.0)
    assert stretches.shown(whole, [short]) == (whole,)
    assert stretches.gaps([whole], [short]) == (short,)
    long = Span(start_s=5.0, end_s=40.0)
    assert [s.duration_s for s in stretches.shown(whole, [long])] == [5.0, 20.0]
    assert [s.duration_s for s in stretches.to_read(whole, [long])] == [5.5, 20.5]


def test_a_path_changes_between_the_parts() -> None:
    def path(start_s: float, end_s: float) -> CropPath:
        box = Box(x=start_s, y=0, w=10, h=10)
        return cropped("crop", box, size=(720, 1280), start_s=start_s, end_s=end_s)

    joined = stretches.join_paths([path(0, 10), path(50, 60)])
    assert [(s.start_s, s.end_s) for s in joined.segments] == [(0, 30), (30, 60)]
    assert np.isclose(joined.segments[1].keys[0].box.x, 50)
