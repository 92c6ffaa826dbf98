"""The clips of a talk are rendered one after the other, and the next is looked at meanwhile."""

import threading
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from project_paths import SAMPLE
from real_models import models, sample_heard, sound, text_models

import pipeline
from pipeline.core.control import Control
from pipeline.core.data import Options, Talk
from pipeline.core.errors import Canceled
from pipeline.highlights import selection
from pipeline.highlights.render_order import render_order
from pipeline.media.probing import probe

OPTIONS = Options(quality="fast", clip_count=2, min_duration_s=5.0, max_duration_s=8.0)


@cache
def talk() -> Talk:
    """Return the talk of the sample, which is heard once in a session."""
    said = sample_heard()
    picks = selection.choose(said, sound(SAMPLE), text_models, OPTIONS, Control())
    return Talk(source=probe(SAMPLE), transcript=said, highlights=picks)


@pytest.mark.slow  # renders each clip twice
def test_each_clip_is_what_it_is_alone(tmp_path: Path) -> None:
    together = pipeline.render_clips(
        talk(),
        models=models(),
        options=OPTIONS,
        stem_of=lambda n: tmp_path / f"clip{n}",
        control=Control(),
    )
    made = list(together)
    assert [n for n, _ in made] == render_order(talk().highlights)
    assert len(made) == len(talk().highlights) >= 2
    n, clip = made[-1]  # it was looked at while another was encoded
    alone = pipeline.make_clip(
        talk(),
        talk().highlights[n],
        models=models(),
        options=OPTIONS,
        stem=tmp_path / "alone",
        control=Control(),
    )
    assert clip.path == tmp_path / f"clip{n}.mp4"
    assert clip.path.stat().st_size == alone.path.stat().st_size
    aside = {"path": alone.path, "thumbnails": alone.thumbnails, "render_s": alone.render_s}
    assert replace(clip, **aside) == alone  # type: ignore[arg-type]  # the values differ in type


def test_who_wants_no_more_clips_leaves_nothing_behind(tmp_path: Path) -> None:
    before = threading.active_count()
    clips = pipeline.render_clips(
        talk(),
        models=models(),
        options=OPTIONS,
        stem_of=lambda n: tmp_path / f"clip{n}",
        control=Control(),
    )
    first, _ = next(clips)
    clips.close()
    assert threading.active_count() == before
    assert {path.name.partition(".")[0] for path in tmp_path.iterdir()} == {f"clip{first}"}


def test_canceling_ends_the_encoder_and_who_looks_ahead(tmp_path: Path) -> None:
    before, cancel = threading.active_count(), threading.Event()

    def progress(stage: str, fraction: float) -> None:
        if stage == "render" and fraction > 0.2:
            cancel.set()

    clips = pipeline.render_clips(
        talk(),
        models=models(),
        options=OPTIONS,
        stem_of=lambda n: tmp_path / f"clip{n}",
        control=Control(progress=progress, cancel=cancel),
    )
    with pytest.raises(Canceled):
        next(clips)
    assert threading.active_count() == before
    assert not list(tmp_path.iterdir())
